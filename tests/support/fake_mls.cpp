#include "tests/support/fake_mls.h"

#include <gtest/gtest.h>

#include "protocol/outline/outline.h"

namespace xom::test {
namespace {

// The TLS presentation language with the variable-size vectors of RFC 9420, 2.1.2.
class TlsWriter {
 public:
  TlsWriter& number(std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i)
      out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }
  TlsWriter& raw_bytes(ByteView bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  TlsWriter& vector(ByteView bytes) {
    if (bytes.size() < 64) {
      number(bytes.size(), 1);
    } else if (bytes.size() < 16384) {
      number(0x4000u | bytes.size(), 2);
    } else {
      number(0x80000000u | bytes.size(), 4);
    }
    return raw_bytes(bytes);
  }
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

constexpr std::uint64_t kVersion = 1;  // mls10
enum WireFormat : std::uint64_t { kPublic = 1, kPrivate, kWelcome, kGroupInfo, kKeyPackage };

TlsWriter message(WireFormat format) {
  TlsWriter w;
  w.number(kVersion, 2).number(format, 2);
  return w;
}

Bytes numbers16(std::initializer_list<std::uint64_t> values) {
  TlsWriter w;
  for (std::uint64_t v : values) w.number(v, 2);
  return w.take();
}

// The KeyPackage inside an MLSMessage(KeyPackage).
ByteView inner(ByteView key_package) { return key_package.subspan(4); }

const Bytes kHash(32, 0x11);
const Bytes kSignature(64, 0x22);

}  // namespace

Bytes fake_key_package(const DeviceKey& device, const AccountKey& account) {
  TlsWriter w = message(kKeyPackage);
  w.number(kVersion, 2).number(outline::kCipherSuite, 2).vector(Bytes(32, 0x33));
  w.vector(Bytes(32, 0x44)).vector(device.view()).number(1, 2).vector(account.view());
  w.vector(numbers16({kVersion})).vector(numbers16({outline::kCipherSuite}));
  w.vector({}).vector({}).vector(numbers16({1}));
  w.number(1, 1).number(0, 8).number(std::uint64_t{4102444800}, 8);  // until 2100
  w.vector({}).vector(kSignature);
  w.vector({}).vector(kSignature);
  return w.take();
}

Bytes fake_private_message(const LogId& group, Epoch epoch, std::string_view ciphertext) {
  TlsWriter w = message(kPrivate);
  w.vector(group.view()).number(raw(epoch), 8).number(1, 1).vector({});
  w.vector(Bytes(28, 0x55)).vector(view_of(ciphertext));
  return w.take();
}

Bytes fake_commit(const LogId& group, Epoch epoch, std::uint32_t sender_leaf,
                  ByteView authenticated_data, const std::vector<Bytes>& added) {
  TlsWriter proposals;
  for (const Bytes& key_package : added) {
    proposals.number(1, 1).number(1, 2).raw_bytes(inner(key_package));
  }
  TlsWriter w = message(kPublic);
  w.vector(group.view()).number(raw(epoch), 8).number(1, 1).number(sender_leaf, 4);
  w.vector(authenticated_data).number(3, 1);
  w.vector(proposals.take()).number(0, 1);  // no path
  w.vector(kSignature).vector(kHash).vector(kHash);
  return w.take();
}

Bytes fake_group_info(const LogId& group, Epoch epoch) {
  TlsWriter w = message(kGroupInfo);
  w.number(kVersion, 2).number(outline::kCipherSuite, 2).vector(group.view()).number(raw(epoch), 8);
  w.vector(kHash).vector(kHash).vector({});
  w.vector({}).vector(kHash).number(0, 4).vector(kSignature);
  return w.take();
}

Bytes fake_welcome(ByteView key_package) {
  const auto read = outline::read_key_package(key_package);
  EXPECT_TRUE(read.has_value());
  TlsWriter secret;
  secret.vector(outline::key_package_ref(*read).view()).vector(Bytes(32, 0x66)).vector(Bytes(48, 0x77));
  TlsWriter w = message(kWelcome);
  w.number(outline::kCipherSuite, 2).vector(secret.take()).vector(Bytes(200, 0x88));
  return w.take();
}

}  // namespace xom::test
