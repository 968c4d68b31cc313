#include "storage/manifest_tail.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

namespace xom::storage {
namespace {

// RocksDB's log format: blocks of 32 KiB; a record is crc32c (masked), length, type, payload.
constexpr std::size_t kBlock = 32 * 1024;
constexpr std::size_t kHeader = 7;
enum Type : std::uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };
// An edit of the MANIFEST is some hundred bytes; a longer bad tail is no torn write.
constexpr std::size_t kMostTorn = kBlock;
// A MANIFEST is rolled over long before (rocksdb_engine.cpp).
constexpr std::size_t kMostManifest = 256 * 1024 * 1024;

std::uint32_t crc32c(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t i = 0; i < t.size(); ++i) {
      std::uint32_t c = i;
      for (int k = 0; k < 8; ++k) c = (c >> 1) ^ ((c & 1) != 0 ? 0x82f63b78u : 0u);
      t[i] = c;
    }
    return t;
  }();
  std::uint32_t crc = ~0u;
  for (const char b : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<std::uint8_t>(b)) & 0xff];
  return ~crc;
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

struct Piece {
  std::size_t end;
  std::uint8_t type;
};

// The valid record that starts at `from`, if one does.
std::optional<Piece> piece_at(std::string_view file, std::size_t from) {
  if (from + kHeader > file.size()) return std::nullopt;
  const std::size_t length = little_endian(file.substr(from + 4, 2));
  const auto type = static_cast<std::uint8_t>(file[from + 6]);
  if (type < kFull || type > kLast || from % kBlock + kHeader + length > kBlock)
    return std::nullopt;
  if (from + kHeader + length > file.size()) return std::nullopt;
  const std::uint32_t crc = crc32c(file.substr(from + 6, 1 + length));
  const std::uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
  if (masked != little_endian(file.substr(from, 4))) return std::nullopt;
  return Piece{from + kHeader + length, type};
}

Result<std::string> read_all(rocksdb::FileSystem& files, const std::string& name) {
  const auto failed = [&](const rocksdb::IOStatus& status) {
    return fail(ErrorCode::kIo, "reading " + name + ": " + status.ToString());
  };
  std::uint64_t size = 0;
  auto status = files.GetFileSize(name, {}, &size, nullptr);
  if (!status.ok()) return failed(status);
  if (size > kMostManifest) return fail(ErrorCode::kTooLarge, name + " is too large");
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  status = files.NewSequentialFile(name, {}, &file, nullptr);
  if (!status.ok()) return failed(status);
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    rocksdb::Slice got;
    status = file->Read(bytes.size() - have, {}, &got, bytes.data() + have, nullptr);
    if (!status.ok()) return failed(status);
    if (got.empty()) break;
    if (got.data() != bytes.data() + have) got.ToString().copy(bytes.data() + have, got.size());
    have += got.size();
  }
  bytes.resize(have);
  return bytes;
}

// Replaces the file by these bytes, all or nothing.
rocksdb::IOStatus replace(rocksdb::FileSystem& files, const std::string& folder,
                          const std::string& name, std::string_view bytes) {
  const std::string temporary = folder + "/000000.dbtmp";  // RocksDB removes what is left of such
  std::unique_ptr<rocksdb::FSWritableFile> file;
  auto status = files.NewWritableFile(temporary, {}, &file, nullptr);
  if (status.ok()) status = file->Append(rocksdb::Slice(bytes.data(), bytes.size()), {}, nullptr);
  if (status.ok()) status = file->Sync({}, nullptr);
  if (status.ok()) status = file->Close({}, nullptr);
  if (status.ok()) status = files.RenameFile(temporary, folder + "/" + name, {}, nullptr);
  std::unique_ptr<rocksdb::FSDirectory> directory;
  if (status.ok()) status = files.NewDirectory(folder, {}, &directory, nullptr);
  if (status.ok()) status = directory->Fsync({}, nullptr);
  return status;
}

}  // namespace

std::size_t whole_records(std::string_view file) {
  std::size_t at = 0;
  std::size_t whole = 0;
  while (at < file.size()) {
    const std::size_t left = kBlock - at % kBlock;
    if (left < kHeader) {
      at += left;
      continue;
    }
    const auto piece = piece_at(file, at);
    if (!piece) break;
    at = piece->end;
    if (piece->type == kFull || piece->type == kLast) whole = at;
  }
  if (at >= file.size()) return whole;
  if (file.size() - at > kMostTorn) return std::string_view::npos;
  for (std::size_t later = at + 1; later < file.size(); ++later) {
    if (piece_at(file, later)) return std::string_view::npos;
  }
  return whole;
}

Result<bool> cut_torn_manifest_tail(rocksdb::FileSystem& files, const std::string& folder) {
  auto current = read_all(files, folder + "/CURRENT");
  if (!current) return std::unexpected(current.error());
  std::string name = *current;
  while (!name.empty() && name.back() == '\n') name.pop_back();
  if (!name.starts_with("MANIFEST-") || name.find('/') != std::string::npos) return false;
  const auto bytes = read_all(files, folder + "/" + name);
  if (!bytes) return std::unexpected(bytes.error());
  const std::size_t whole = whole_records(*bytes);
  if (whole == std::string_view::npos || whole == 0 || whole == bytes->size()) return false;
  const auto status = replace(files, folder, name, std::string_view(*bytes).substr(0, whole));
  if (!status.ok()) return fail(ErrorCode::kIo, "mending " + name + ": " + status.ToString());
  return true;
}

}  // namespace xom::storage
