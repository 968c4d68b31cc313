#include "tools/xom/units_file.h"

#include <gtest/gtest.h>

#include <set>

#include "tools/xom/authority_file.h"

namespace xom::tools {
namespace {

TEST(UnitsFile, TheWardOfTheExampleHas11QuartersAnd113Cells) {
  auto text = read_small_file(XOM_UNITS_EXAMPLE, kMaxUnitsFile);
  ASSERT_TRUE(text);
  auto units = parse_units(*text);
  ASSERT_TRUE(units) << units.error().message;
  std::size_t quarters = 0;
  std::set<std::string> cell_names;
  std::set<std::string> ids;
  for (const UnitLine& unit : *units) {
    EXPECT_TRUE(unit.parent.empty() || ids.contains(unit.parent)) << unit.unit;
    ids.insert(unit.unit);
    if (unit.parent.empty())
      ++quarters;
    else
      cell_names.insert(unit.name);
  }
  EXPECT_EQ(quarters, 11u);
  EXPECT_EQ(cell_names.size(), 113u);
  EXPECT_TRUE(ids.contains("kp1/to5"));
}

TEST(UnitsFile, QuartersRangesAndFreeUnits) {
  auto units = parse_units(R"(
cell_level = "Tổ"
[[quarter]]
id = "a"
name = "Ấp A"
cells = "1-2, 7"
[[unit]]
id = "cho"
parent = "a"
level = "Chợ"
name = "Chợ Cầu"
)");
  ASSERT_TRUE(units) << units.error().message;
  const std::vector<UnitLine> expected{{"a", "", "Khu phố", "Ấp A"},
                                       {"a/to1", "a", "Tổ", "Tổ 1"},
                                       {"a/to2", "a", "Tổ", "Tổ 2"},
                                       {"a/to7", "a", "Tổ", "Tổ 7"},
                                       {"cho", "a", "Chợ", "Chợ Cầu"}};
  EXPECT_EQ(*units, expected);
}

TEST(UnitsFile, MistakesAreNamedWithTheirLine) {
  struct Case {
    const char* text;
    const char* says;
  };
  const Case cases[] = {
      {"[[quarter]]\nid = \"a\"\nname = \"A\"\ncels = \"1\"\n", "line 4"},
      {"[[quarter]]\nid = \"a\"\nname = \"A\"\ncells = \"1-\"\n", "range"},
      {"[[quarter]]\nid = \"a\"\nname = \"A\"\ncells = \"9-3\"\n", "range"},
      {"[[quarter]]\nid = \"a\"\nname = \"A\"\ncells = \"1-99999\"\n", "range"},
      {"[[quarter]]\nid = \"a\"\nname = \"A\"\ncells = 3\n", "must be a text"},
      {"[[quarter]]\nname = \"A\"\n", "\"id\" is missing"},
      {"[[quarter]]\nid = \"a\"\nname = \"A\"\n[[quarter]]\nid = \"a\"\nname = \"B\"\n", "twice"},
      {"[[unit]]\nid = \"x\"\nparent = \"y\"\nlevel = \"L\"\nname = \"N\"\n", "must come before"},
      {"[quarter]\nid = \"a\"\n", "[[quarter]]"},
      {"[[quarter]\n", "line 1"},
      {"", "no [[quarter]]"},
  };
  for (const Case& c : cases) {
    auto units = parse_units(c.text);
    ASSERT_FALSE(units) << c.text;
    EXPECT_EQ(units.error().code, ErrorCode::kMalformed) << c.text;
    EXPECT_NE(units.error().message.find(c.says), std::string::npos) << units.error().message;
  }
  EXPECT_EQ(parse_units(std::string(kMaxUnitsFile + 1, '#')).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace xom::tools
