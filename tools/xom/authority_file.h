// The authority key on disk, outside of every data folder: its seed sealed with a key made from a
// passphrase.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "protocol/base/bytes.h"
#include "protocol/crypto/crypto.h"

namespace xom::tools {

// Cost of one guess of the passphrase.
struct AuthorityCost {
  std::uint64_t operations = 4;
  std::size_t memory_kib =
      256 * 1024;  // opened on an administrator's computer, a few times a month
};
// What a file may ask for, so that a foreign file cannot exhaust the machine.
inline constexpr std::uint64_t kMostOperations = 32;
inline constexpr std::size_t kMostMemoryKib = 1024 * 1024;
inline constexpr std::size_t kLeastPassphrase = 10;  // bytes; a lower bound, not a recommendation
inline constexpr std::size_t kMaxAuthorityFile = 4096;

// The text of the file: a line with the format's name, one each for cost and salt, sealed seed and
// public key, and a checksum, so that a damaged file can be told from a wrong passphrase.
[[nodiscard]] Result<std::string> seal_authority(const crypto::SigningKey& key,
                                                 std::string_view passphrase,
                                                 crypto::Random& random, AuthorityCost cost = {});

// kUnsupportedVersion: another format; kMalformed: damaged; kTooLarge: asks for too much;
// kUnauthenticated: wrong passphrase.
[[nodiscard]] Result<crypto::SigningKey> open_authority(std::string_view text,
                                                        std::string_view passphrase);

// The key's public half, which is not secret: kMalformed, kUnsupportedVersion as above.
[[nodiscard]] Result<AuthorityKey> public_key_of(std::string_view text);

// Writes with access for its owner only, synced; kAlreadyExists rather than replacing a file.
[[nodiscard]] Result<void> write_new_secret_file(const std::filesystem::path& path,
                                                 std::string_view text);
// kNotFound, kIo, kTooLarge if longer than `most`.
[[nodiscard]] Result<std::string> read_small_file(const std::filesystem::path& path,
                                                  std::size_t most);

}  // namespace xom::tools
