#include "tools/xom/authority_file.h"

#include <fcntl.h>
#include <sodium/crypto_pwhash.h>
#include <sodium/crypto_secretbox.h>
#include <sodium/utils.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

namespace xom::tools {
namespace {

constexpr std::string_view kFormat = "xom authority key, format ";
constexpr std::string_view kFormatLine = "xom authority key, format 1";

Result<crypto::Secret<32>> stretch(std::string_view passphrase, ByteView salt, AuthorityCost cost) {
  crypto::Secret<32> key;
  if (crypto_pwhash(key.mutable_view().data(), 32, passphrase.data(), passphrase.size(),
                    salt.data(), cost.operations, cost.memory_kib * 1024,
                    crypto_pwhash_ALG_ARGON2ID13) != 0)
    return fail(ErrorCode::kUnavailable, "not enough memory to open the authority file (" +
                                             std::to_string(cost.memory_kib / 1024) +
                                             " MiB are needed)");
  return key;
}

std::string checksum_of(std::string_view lines) { return crypto::sha256(view_of(lines)).hex(); }

// The value of a line "name value", which must be the next one.
Result<std::string> take(std::istringstream& in, std::string_view name) {
  std::string found;
  std::string value;
  if (!(in >> found >> value) || found != name)
    return fail(ErrorCode::kMalformed, "authority file damaged: no " + std::string(name));
  return value;
}

Result<std::uint64_t> take_number(std::istringstream& in, std::string_view name) {
  auto text = take(in, name);
  if (!text) return std::unexpected(text.error());
  std::uint64_t value = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (ec != std::errc{} || end != text->data() + text->size())
    return fail(ErrorCode::kMalformed, "authority file damaged: " + std::string(name));
  return value;
}

Result<Bytes> take_bytes(std::istringstream& in, std::string_view name, std::size_t size) {
  auto text = take(in, name);
  if (!text) return std::unexpected(text.error());
  auto bytes = from_hex(*text);
  if (!bytes || bytes->size() != size)
    return fail(ErrorCode::kMalformed, "authority file damaged: " + std::string(name));
  return bytes;
}

struct Parsed {
  AuthorityCost cost;
  Bytes salt;
  Bytes nonce;
  Bytes sealed;
  AuthorityKey known;
};

Result<Parsed> parse(std::string_view text) {
  if (!text.starts_with(kFormat)) return fail(ErrorCode::kMalformed, "not an authority file");
  if (!text.starts_with(std::string(kFormatLine) + "\n"))
    return fail(ErrorCode::kUnsupportedVersion,
                "authority file of another format: use the xom that made it, or a newer one");
  const auto last = text.find("checksum ");
  if (last == std::string_view::npos ||
      text.substr(last) != "checksum " + checksum_of(text.substr(0, last)) + "\n")
    return fail(ErrorCode::kMalformed, "authority file damaged: take your copy of it");
  std::istringstream in{std::string(text.substr(kFormatLine.size() + 1))};
  auto operations = take_number(in, "operations");
  if (!operations) return std::unexpected(operations.error());
  auto memory = take_number(in, "memory-kib");
  if (!memory) return std::unexpected(memory.error());
  auto salt = take_bytes(in, "salt", crypto_pwhash_SALTBYTES);
  if (!salt) return std::unexpected(salt.error());
  auto nonce = take_bytes(in, "nonce", crypto_secretbox_NONCEBYTES);
  if (!nonce) return std::unexpected(nonce.error());
  auto sealed = take_bytes(in, "sealed", crypto_secretbox_MACBYTES + 32);
  if (!sealed) return std::unexpected(sealed.error());
  auto known = take_bytes(in, "public", AuthorityKey::kSize);
  if (!known) return std::unexpected(known.error());
  if (*operations > kMostOperations || *memory > kMostMemoryKib)
    return fail(ErrorCode::kTooLarge, "authority file asks for more work than this version allows");
  auto key = AuthorityKey::from(*known);
  if (!key) return std::unexpected(key.error());
  return Parsed{
      {*operations, *memory}, std::move(*salt), std::move(*nonce), std::move(*sealed), *key};
}

}  // namespace

Result<std::string> seal_authority(const crypto::SigningKey& key, std::string_view passphrase,
                                   crypto::Random& random, AuthorityCost cost) {
  if (passphrase.size() < kLeastPassphrase)
    return fail(ErrorCode::kMalformed, "passphrase too short: take at least " +
                                           std::to_string(kLeastPassphrase) +
                                           " characters, better four random words");
  std::array<std::uint8_t, crypto_pwhash_SALTBYTES> salt{};
  std::array<std::uint8_t, crypto_secretbox_NONCEBYTES> nonce{};
  random.fill(salt);
  random.fill(nonce);
  auto stretched = stretch(passphrase, salt, cost);
  if (!stretched) return std::unexpected(stretched.error());
  const crypto::Secret<32> seed = key.seed();
  Bytes sealed(crypto_secretbox_MACBYTES + 32);
  crypto_secretbox_easy(sealed.data(), seed.view().data(), 32, nonce.data(),
                        stretched->view().data());
  std::string text(kFormatLine);
  text += "\noperations " + std::to_string(cost.operations);
  text += "\nmemory-kib " + std::to_string(cost.memory_kib);
  text += "\nsalt " + to_hex(salt);
  text += "\nnonce " + to_hex(nonce);
  text += "\nsealed " + to_hex(sealed);
  text += "\npublic " + key.public_key_as<AuthorityKey>().hex() + "\n";
  return text + "checksum " + checksum_of(text) + "\n";
}

Result<crypto::SigningKey> open_authority(std::string_view text, std::string_view passphrase) {
  auto parsed = parse(text);
  if (!parsed) return std::unexpected(parsed.error());
  const auto& [cost, salt, nonce, sealed, known] = *parsed;
  auto stretched = stretch(passphrase, salt, cost);
  if (!stretched) return std::unexpected(stretched.error());
  crypto::Secret<32> seed;
  if (crypto_secretbox_open_easy(seed.mutable_view().data(), sealed.data(), sealed.size(),
                                 nonce.data(), stretched->view().data()) != 0)
    return fail(ErrorCode::kUnauthenticated, "wrong passphrase for this authority file");
  auto key = crypto::SigningKey::from_seed(seed.view());
  if (!key) return key;
  if (key->public_key_as<AuthorityKey>() != known)
    return fail(ErrorCode::kMalformed, "authority file damaged: its public key is another one");
  return key;
}

Result<AuthorityKey> public_key_of(std::string_view text) {
  auto parsed = parse(text);
  if (!parsed) return std::unexpected(parsed.error());
  return parsed->known;
}

Result<void> write_new_secret_file(const std::filesystem::path& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0 && errno == EEXIST)
    return fail(ErrorCode::kAlreadyExists,
                path.string() + " is there already: choose another name");
  if (file < 0)
    return fail(ErrorCode::kIo, "cannot create " + path.string() + ": " + std::strerror(errno));
  bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 ::fsync(file) == 0;
  written = ::close(file) == 0 && written;
  if (written) return {};
  ::unlink(path.c_str());
  return fail(ErrorCode::kIo, "cannot write " + path.string());
}

Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t most) {
  std::error_code ec;
  if (!std::filesystem::exists(path, ec))
    return fail(ErrorCode::kNotFound, "no file " + path.string());
  std::ifstream in(path, std::ios::binary);
  std::string text(most + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (!in && !in.eof())) return fail(ErrorCode::kIo, "cannot read " + path.string());
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > most)
    return fail(ErrorCode::kTooLarge,
                path.string() + " is longer than " + std::to_string(most) + " bytes");
  return text;
}

}  // namespace xom::tools
