#include "protocol/crypto/secret_bytes.h"

#include <gtest/gtest.h>

#include <new>
#include <type_traits>

#include "protocol/crypto/crypto.h"

namespace xom::crypto {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes> &&
              !std::is_copy_constructible_v<Secret<32>>);

TEST(SecretBytes, MoveLeavesNothingBehind) {
  SecretBytes a(view_of("mật khẩu"));
  SecretBytes b(std::move(a));
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): what is left is the question
  SecretBytes c(view_of("other"));
  c = std::move(b);
  EXPECT_TRUE(b.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(text_of(c.view()), "mật khẩu");
}

TEST(SecretBytes, ACloneIsASecondHolder) {
  SecretBytes a(view_of("secret"));
  SecretBytes b = a.clone();
  b.mutable_view()[0] = 'S';
  EXPECT_EQ(text_of(a.view()), "secret");
  EXPECT_EQ(text_of(b.view()), "Secret");
  Secret<32> c(Bytes(32, 7));
  Secret<32> d = c.clone();
  d.mutable_view()[0] = 8;
  EXPECT_EQ(c.view()[0], 7);
  EXPECT_EQ(d.view()[1], 7);
}

// Memory that the destructor leaves is looked at in place: the object lives in a buffer of the
// test. (For the heap, the process's memory is searched: deleted_keys_test.cpp.)
TEST(Secret, IsWipedAtTheEndOfItsLife) {
  alignas(Secret<32>) std::array<std::uint8_t, sizeof(Secret<32>)> place{};
  auto* secret = new (place.data()) Secret<32>(Bytes(32, 0x5a));
  const std::uint8_t* volatile bytes = place.data();
  EXPECT_EQ(bytes[5], 0x5a);
  secret->~Secret<32>();
  for (std::size_t i = 0; i < 32; ++i) EXPECT_EQ(bytes[i], 0);
}

TEST(Secret, MoveLeavesZeros) {
  Secret<32> a(Bytes(32, 0x5a));
  const Secret<32> b(std::move(a));
  EXPECT_EQ(to_hex(a.view()), std::string(64, '0'));  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(to_hex(b.view()).substr(0, 4), "5a5a");
}

}  // namespace
}  // namespace xom::crypto
