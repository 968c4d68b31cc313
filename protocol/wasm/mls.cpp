// What is public in an MLS message (mls/framing.h).
#include "protocol/outline/outline.h"
#include "protocol/wasm/abi.h"

namespace xom::wasm {

namespace {

enum class Format : std::uint8_t { kPublic = 1, kPrivate, kWelcome, kGroupInfo, kKeyPackage };

// schema/core.proto, MlsKeyPackage.
Bytes encode(const outline::KeyPackage& package) {
  return codec::Writer{}
      .fixed(1, outline::key_package_ref(package))
      .bytes(2, package.signature_key)
      .bytes(3, package.identity)
      .u64(4, package.not_before)
      .u64(5, package.not_after)
      .take();
}

// schema/core.proto, MlsMessage.
struct Encode {
  codec::Writer out;

  void operator()(const outline::PublicMessage& m) {
    out.enumeration(1, Format::kPublic)
        .bytes(2, m.group_id)
        .u64(3, raw(m.epoch))
        .enumeration(4, m.content_type)
        .enumeration(5, m.sender)
        .u64(6, m.sender_index)
        .bytes(7, m.authenticated_data);
    for (const auto& add : m.commit.adds) out.element(8, encode(add));
    for (const std::uint32_t leaf : m.commit.removes) {
      out.element(9, codec::Writer{}.u64(1, leaf).take());
    }
    out.u64(10, m.commit.proposals.size()).boolean(11, m.commit.has_path);
  }
  void operator()(const outline::PrivateMessage& m) {
    out.enumeration(1, Format::kPrivate)
        .bytes(2, m.group_id)
        .u64(3, raw(m.epoch))
        .enumeration(4, m.content_type)
        .bytes(7, m.authenticated_data);
  }
  void operator()(const outline::Welcome& m) {
    out.enumeration(1, Format::kWelcome);
    for (const ByteView member : m.new_members) out.element(12, member);
  }
  void operator()(const outline::GroupInfo& m) {
    out.enumeration(1, Format::kGroupInfo)
        .bytes(2, m.group_id)
        .u64(3, raw(m.epoch))
        .u64(6, m.signer);
  }
  void operator()(const outline::KeyPackage& m) {
    out.enumeration(1, Format::kKeyPackage).element(8, encode(m));
  }
};

}  // namespace

// core.MlsMessage of one MLSMessage.
XOM_EXPORT(xom_mls_read) Answer* xom_mls_read(const std::uint8_t* data, std::size_t size) {
  const auto message = outline::read_message(in(data, size));
  if (!message) return give_error(message.error());
  Encode encoder;
  std::visit(encoder, *message);
  return give(ByteView{encoder.out.take()});
}

}  // namespace xom::wasm
