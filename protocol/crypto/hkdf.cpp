#include "protocol/crypto/hkdf.h"

#include <sodium.h>

#include <algorithm>
#include <cassert>

#include "protocol/crypto/hkdf_parts.h"

namespace xom::crypto {

namespace {

// libsodium wants a pointer that is not null even where the length is 0.
constexpr std::uint8_t kNothing = 0;

class Hmac {
 public:
  explicit Hmac(ByteView key) {
    crypto_auth_hmacsha256_init(&state_, key.empty() ? &kNothing : key.data(), key.size());
  }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;
  ~Hmac() { sodium_memzero(&state_, sizeof state_); }

  void update(ByteView bytes) {
    if (!bytes.empty()) crypto_auth_hmacsha256_update(&state_, bytes.data(), bytes.size());
  }
  [[nodiscard]] Secret<32> finish() {
    Secret<32> tag;
    crypto_auth_hmacsha256_final(&state_, tag.mutable_view().data());
    return tag;
  }

 private:
  crypto_auth_hmacsha256_state state_;
};

}  // namespace

Secret<32> hmac_sha256(ByteView key, Parts data) {
  Hmac hmac(key);
  for (ByteView part : data) hmac.update(part);
  return hmac.finish();
}

void hkdf_expand_parts(ByteView prk, Parts info, std::span<std::uint8_t> out) {
  assert(out.size() <= 255 * 32);
  Secret<32> block;
  for (std::size_t done = 0, counter = 1; done < out.size(); done += 32, ++counter) {
    Hmac hmac(prk);
    if (counter > 1) hmac.update(block.view());
    for (ByteView part : info) hmac.update(part);
    const auto number = static_cast<std::uint8_t>(counter);
    hmac.update({&number, 1});
    block = hmac.finish();
    std::copy_n(block.view().begin(), std::min<std::size_t>(32, out.size() - done),
                out.begin() + static_cast<std::ptrdiff_t>(done));
  }
}

Secret<32> hmac_sha256(ByteView key, ByteView data) { return hmac_sha256(key, Parts(&data, 1)); }

bool equal_secret(ByteView a, ByteView b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Secret<32> hkdf_extract(ByteView salt, ByteView ikm) { return hmac_sha256(salt, ikm); }

void hkdf_expand(ByteView prk, ByteView info, std::span<std::uint8_t> out) {
  hkdf_expand_parts(prk, {&info, 1}, out);
}

}  // namespace xom::crypto
