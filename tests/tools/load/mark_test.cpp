#include "tools/load/mark.h"

#include <gtest/gtest.h>

namespace xom::load {
namespace {

TEST(Mark, IsFoundAndReadWhereverItStands) {
  for (const Mark mark :
       {Mark{0, 0}, Mark{1'234'567'890'123, 99}, Mark{INT64_MAX, Mark::kEverybody}}) {
    const std::string text = "before " + mark.encode() + " behind";
    const char* at = Mark::find(text.data(), text.size());
    ASSERT_EQ(at, text.data() + 7);
    const Mark found = Mark::decode(at);
    EXPECT_EQ(found.due_us, mark.due_us);
    EXPECT_EQ(found.group, mark.group);
  }
}

TEST(Mark, OneThatIsCutOffIsNone) {
  const std::string text = Mark{5, 6}.encode();
  ASSERT_EQ(text.size(), Mark::kSize);
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_EQ(Mark::find(text.data(), size), nullptr);
}

}  // namespace
}  // namespace xom::load
