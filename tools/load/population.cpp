#include "tools/load/population.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "protocol/mls/message_protection.h"
#include "protocol/mls/output.h"

namespace xom::load {

namespace {

Hash numbered(std::string_view what, std::uint32_t number) {
  std::string text = "xom-load ";
  text.append(what).append(" ").append(std::to_string(number));
  return crypto::sha256(view_of(text));
}

crypto::SigningKey key(std::string_view what, std::uint32_t number) {
  return crypto::SigningKey::from_seed(numbered(what, number).view()).value();
}

}  // namespace

crypto::SigningKey account_key(std::uint32_t device) { return key("account", device); }
crypto::SigningKey device_key(std::uint32_t device) { return key("device", device); }

LogId group_id(std::uint32_t group) {
  LogId id;
  id.bytes = numbered("group", group).bytes;
  return id;
}

std::string sealed_message(const LogId& group, std::uint64_t epoch, std::size_t size,
                           std::string_view mark) {
  mls::Output out;
  out.u16(mls::kProtocolMls10);
  out.u16(static_cast<std::uint16_t>(mls::WireFormat::kPrivateMessage));
  out.vector(group.view());
  out.u64(epoch);
  out.u8(1);  // application
  out.vector({});
  out.vector({});
  // A length of up to 2^14 takes two bytes (RFC 9420, 2.1.2).
  const std::size_t rest = size - out.view().size() - 2;
  Bytes ciphertext(rest);
  thread_local std::mt19937_64 noise(1);
  for (std::size_t at = 0; at < rest; at += sizeof(std::uint64_t)) {
    const std::uint64_t word = noise();
    std::memcpy(ciphertext.data() + at, &word, std::min(sizeof word, rest - at));
  }
  std::copy(mark.begin(), mark.end(), ciphertext.begin());
  out.vector(ciphertext);
  const Bytes message = std::move(out).take();
  return std::string(text_of(message));
}

}  // namespace xom::load
