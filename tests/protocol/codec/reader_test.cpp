#include "protocol/codec/reader.h"

#include <gtest/gtest.h>

#include "protocol/codec/writer.h"

namespace xom::codec {
namespace {

// Reads field 1 as a number and field 2 as bytes of at most 4, as a message of this shape would be.
Result<void> read(const Bytes& bytes) {
  Reader reader(bytes);
  (void)reader.u64(1);
  (void)reader.bytes(2, 4);
  return reader.finish();
}
ErrorCode code(const Bytes& bytes) {
  auto result = read(bytes);
  return result ? ErrorCode{} : result.error().code;
}

TEST(Reader, ReadsWhatTheWriterWrites) {
  Writer writer;
  const Bytes blob{1, 2, 3};
  const Bytes bytes = writer.u64(1, UINT64_MAX).bytes(2, blob).text(3, "chữ").element(4, {}).take();
  Reader reader(bytes);
  EXPECT_EQ(reader.u64(1), UINT64_MAX);
  const ByteView view = reader.bytes(2, 3);
  EXPECT_EQ(Bytes(view.begin(), view.end()), blob);
  EXPECT_EQ(reader.text(3, 10), "chữ");
  EXPECT_TRUE(reader.element(4, 0).has_value());
  EXPECT_TRUE(reader.finish().has_value());
}

TEST(Reader, AcceptsItsExampleAndTheEmptyMessage) {
  EXPECT_TRUE(read({0x08, 0x05, 0x12, 0x01, 0x41}).has_value());
  EXPECT_TRUE(read({}).has_value());
}

TEST(Reader, RefusesUnknownRepeatedAndMisplacedFields) {
  EXPECT_EQ(code({0x08, 0x05, 0x18, 0x01}), ErrorCode::kMalformed);              // field 3
  EXPECT_EQ(code({0x08, 0x05, 0x08, 0x05}), ErrorCode::kMalformed);              // twice
  EXPECT_EQ(code({0x12, 0x01, 0x41, 0x08, 0x05}), ErrorCode::kMalformed);        // order
  EXPECT_EQ(code({0x12, 0x01, 0x41, 0x12, 0x01, 0x41}), ErrorCode::kMalformed);  // twice
}

TEST(Reader, RefusesWrongWireTypes) {
  EXPECT_EQ(code({0x0A, 0x01, 0x05}), ErrorCode::kMalformed);
  EXPECT_EQ(code({0x09, 0, 0, 0, 0, 0, 0, 0, 0}), ErrorCode::kMalformed);
  EXPECT_EQ(code({0x10, 0x05}), ErrorCode::kMalformed);
}

TEST(Reader, RefusesEverySecondEncodingOfTheSameValue) {
  EXPECT_EQ(code({0x08, 0x85, 0x00}), ErrorCode::kMalformed);        // longer value
  EXPECT_EQ(code({0x88, 0x00, 0x05}), ErrorCode::kMalformed);        // longer tag
  EXPECT_EQ(code({0x12, 0x81, 0x00, 0x41}), ErrorCode::kMalformed);  // longer length
  EXPECT_EQ(code({0x08, 0x00}), ErrorCode::kMalformed);              // default written out
  EXPECT_EQ(code({0x12, 0x00}), ErrorCode::kMalformed);              // default written out
}

TEST(Reader, RefusesCutOffAndOverlongNumbers) {
  EXPECT_EQ(code({0x08}), ErrorCode::kMalformed);
  EXPECT_EQ(code({0x08, 0x80}), ErrorCode::kMalformed);
  Bytes eleven{0x08};
  eleven.insert(eleven.end(), 10, 0xFF);
  eleven.push_back(0x01);
  EXPECT_EQ(code(eleven), ErrorCode::kMalformed);
  EXPECT_EQ(code({0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02}),
            ErrorCode::kMalformed);
}

TEST(Reader, ChecksLengthsBeforeAnythingIsTaken) {
  EXPECT_EQ(code({0x12, 0x05, 1, 2, 3, 4, 5}), ErrorCode::kTooLarge);
  EXPECT_EQ(code({0x12, 0x04, 1, 2, 3}), ErrorCode::kMalformed);
  EXPECT_EQ(code({0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}), ErrorCode::kTooLarge);
}

TEST(Reader, BoundsRepeatedFields) {
  Writer writer;
  for (int i = 0; i < 3; ++i) writer.element(1, view_of("x"));
  const Bytes bytes = writer.take();
  Reader enough(bytes);
  EXPECT_EQ(enough.text_list(1, 3, 1).size(), 3U);
  EXPECT_TRUE(enough.finish().has_value());
  Reader few(bytes);
  (void)few.text_list(1, 2, 1);
  EXPECT_EQ(few.finish().error().code, ErrorCode::kTooLarge);
}

TEST(Reader, RefusesUnknownEnumerationValuesAndNegativeTimes) {
  const Bytes four{0x08, 0x04};
  Reader known(four);
  EXPECT_EQ(known.enumeration(1, std::uint8_t{4}), 4);
  EXPECT_TRUE(known.finish().has_value());
  Reader unknown(four);
  (void)unknown.enumeration(1, std::uint8_t{3});
  EXPECT_FALSE(unknown.finish().has_value());
  Reader absent{ByteView{}};
  (void)absent.enumeration(1, std::uint8_t{3});
  EXPECT_FALSE(absent.finish().has_value());
  Writer writer;
  const Bytes negative = writer.time(1, TimeMs{-1}).take();
  Reader time(negative);
  (void)time.time(1);
  EXPECT_FALSE(time.finish().has_value());
}

}  // namespace
}  // namespace xom::codec
