#include "server/config/data_folder.h"

#include <fcntl.h>
#include <sodium/utils.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace xom::server {
namespace fs = std::filesystem;
namespace {

constexpr int kFormat = 1;
constexpr std::string_view kFormatWord = "xom-data ";
constexpr std::size_t kMaxFile = 64 * 1024;  // bytes; each of these files is a few lines

std::unexpected<Error> io(const std::string& what) {
  return fail(ErrorCode::kIo, what + ": " + std::string(std::strerror(errno)));
}

Result<std::string> read_file(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return fail(ErrorCode::kIo, "cannot read " + path.string() + ": " + error.message());
  if (size > kMaxFile)
    return fail(ErrorCode::kBadConfiguration, path.string() + " is too large to be right");
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return fail(ErrorCode::kIo, "cannot read " + path.string());
  return text;
}

// Whole or not at all, and on the disk when it returns.
Result<void> write_file(const fs::path& path, std::string_view text, mode_t mode) {
  const fs::path temporary = path.string() + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return io("cannot write " + temporary.string());
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool synced = written && ::fsync(fd) == 0;
  ::close(fd);
  if (!synced || ::rename(temporary.c_str(), path.c_str()) != 0)
    return io("cannot write " + path.string());
  const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
  return {};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  return text;
}

template <class Key>
Result<Key> key_of(std::string_view hex, const std::string& what) {
  const auto bytes = from_hex(trimmed(hex));
  if (bytes) {
    if (auto key = Key::from(*bytes)) return *key;
  }
  return fail(ErrorCode::kBadConfiguration,
              what + " is damaged: 64 hexadecimal digits are expected; restore it from a backup");
}

Result<void> check_format(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path / "format", error)) {
    return fail(ErrorCode::kNotFound,
                "there is no Xóm node in " + path.string() +
                    "; make one with: xom node init --authority FILE --data " + path.string());
  }
  const auto text = read_file(path / "format");
  if (!text) return std::unexpected(text.error());
  const std::string_view line = trimmed(*text);
  int version = 0;
  if (line.starts_with(kFormatWord)) {
    for (char c : line.substr(kFormatWord.size())) {
      if (c < '0' || c > '9' || version > 1'000'000) {
        version = 0;
        break;
      }
      version = version * 10 + (c - '0');
    }
  }
  if (version == 0)
    return fail(ErrorCode::kBadConfiguration,
                (path / "format").string() + " is damaged; restore it from a backup");
  if (version > kFormat) {
    return fail(ErrorCode::kUnsupportedVersion,
                "the data folder has format " + std::to_string(version) +
                    ", this version knows up to " + std::to_string(kFormat) +
                    "; install the newer Xóm again");
  }
  return {};
}

Result<std::optional<ParentInfo>> read_parent(const fs::path& path) {
  std::error_code error;
  const fs::path file = path / "parent.toml";
  if (!fs::exists(file, error)) return std::optional<ParentInfo>();
  const auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  const std::string damaged = file.string() + " is damaged; enrol again with: xom enrol";
  try {
    const toml::table table = toml::parse(*text);
    const auto value = [&](const char* name) { return table[name].value_or(std::string()); };
    ParentInfo parent;
    parent.url = value("url");
    parent.ca_file = value("ca_file");
    const auto id = key_of<NodeId>(value("node_id"), file.string());
    const auto key = key_of<NodeKey>(value("node_key"), file.string());
    const auto root = key_of<NodeId>(value("root"), file.string());
    if (parent.url.empty() || !id || !key || !root)
      return fail(ErrorCode::kBadConfiguration, damaged);
    parent.node_id = *id;
    parent.node_key = *key;
    parent.root = *root;
    return std::optional<ParentInfo>(std::move(parent));
  } catch (const toml::parse_error&) {
    return fail(ErrorCode::kBadConfiguration, damaged);
  }
}

Result<crypto::SigningKey> read_node_key(const fs::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return io("cannot read " + file.string());
  if ((status.st_mode & 077) != 0) {
    return fail(ErrorCode::kBadConfiguration,
                file.string() + " can be read by others; run: chmod 600 " + file.string());
  }
  auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  auto seed = from_hex(trimmed(*text));
  sodium_memzero(text->data(), text->size());
  if (!seed)
    return fail(ErrorCode::kBadConfiguration,
                file.string() + " is damaged; restore it from a backup");
  auto key = crypto::SigningKey::from_seed(*seed);
  sodium_memzero(seed->data(), seed->size());
  if (!key)
    return fail(ErrorCode::kBadConfiguration,
                file.string() + " is damaged; restore it from a backup");
  return key;
}

}  // namespace

Result<DataFolder> create_data_folder(const fs::path& path, const NodeId& authority,
                                      const std::string& config, crypto::Random& random) {
  std::error_code error;
  if (fs::exists(path / "format", error)) {
    return fail(ErrorCode::kAlreadyExists,
                path.string() + " already holds a node; choose another folder");
  }
  fs::create_directories(path, error);
  if (error) return fail(ErrorCode::kIo, "cannot make " + path.string() + ": " + error.message());
  fs::permissions(path, fs::perms::owner_all, error);
  crypto::SigningKey key = crypto::SigningKey::generate(random);
  std::string seed = to_hex(key.seed().view()) + "\n";
  auto written = write_file(path / "node.key", seed, 0600);
  sodium_memzero(seed.data(), seed.size());
  if (written) written = write_file(path / "authority.pub", authority.hex() + "\n", 0644);
  if (written && !config.empty()) written = write_file(path / "xom.toml", config, 0644);
  // Last: a folder without it is not a node yet, and can be made again.
  if (written)
    written = write_file(path / "format", std::string(kFormatWord) + std::to_string(kFormat) + "\n",
                         0644);
  if (!written) return std::unexpected(written.error());
  return open_data_folder(path);
}

Result<DataFolder> open_data_folder(const fs::path& path) {
  if (auto format = check_format(path); !format) return std::unexpected(format.error());
  auto key = read_node_key(path / "node.key");
  if (!key) return std::unexpected(key.error());
  const auto authority_text = read_file(path / "authority.pub");
  if (!authority_text) return std::unexpected(authority_text.error());
  const auto authority = key_of<NodeId>(*authority_text, (path / "authority.pub").string());
  if (!authority) return std::unexpected(authority.error());
  auto parent = read_parent(path);
  if (!parent) return std::unexpected(parent.error());
  return DataFolder{path, std::move(*key), *authority, std::move(*parent)};
}

Result<void> write_parent(const fs::path& folder, const ParentInfo& parent) {
  toml::table table{{"url", parent.url},
                    {"node_id", parent.node_id.hex()},
                    {"node_key", parent.node_key.hex()},
                    {"root", parent.root.hex()},
                    {"ca_file", parent.ca_file}};
  std::ostringstream text;
  text << "# Written by `xom enrol`.\n" << table << "\n";
  return write_file(folder / "parent.toml", text.str(), 0644);
}

}  // namespace xom::server
