#include "server/net/static_files.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace xom::server {
namespace fs = std::filesystem;
namespace {

// The built client has some 30 files and 1 MB; more is a wrong folder.
constexpr std::size_t kMostFiles = 2000;
constexpr std::size_t kMostBytes = 64 * 1024 * 1024;

// Pages of the app: all are index.html, the client shows what the path says.
constexpr std::array<std::string_view, 7> kPages{"/",    "/nhom",   "/tin-bao", "/toi",
                                                 "/vao", "/can-bo", "/phat-tin"};
// Pages of one group: the group's id follows.
constexpr std::array<std::string_view, 2> kGroupPages{"/nhom/", "/can-bo/nhom/"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".wasm", "application/wasm"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".map", "application/json"},
}};

std::string type_of(const fs::path& path) {
  const std::string extension = path.extension().string();
  for (const auto& [end, type] : kTypes)
    if (extension == end) return std::string(type);
  return "application/octet-stream";
}

// name-ABCD1234.js or name-ab12cd34.wasm, as the build makes them.
bool has_hash(const fs::path& path) {
  const std::string stem = path.stem().string();
  const auto dash = stem.rfind('-');
  if (dash == stem.npos || stem.size() - dash - 1 != 8) return false;
  return std::all_of(stem.begin() + static_cast<std::ptrdiff_t>(dash) + 1, stem.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

Result<Body> read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return fail(ErrorCode::kIo, "cannot read " + path.string());
  return std::make_shared<const std::string>(std::move(text));
}

bool accepts(const std::string& header, std::string_view coding) {
  for (std::size_t at = header.find(coding); at != header.npos; at = header.find(coding, at + 1)) {
    const std::size_t end = at + coding.size();
    const bool whole =
        end == header.size() || header[end] == ',' || header[end] == ';' || header[end] == ' ';
    if (whole && header.compare(end, 4, ";q=0") != 0) return true;
  }
  return false;
}

// Only what can stand in a host name and port goes into a header of ours.
std::string safe_host(const std::string& host) {
  const bool safe =
      !host.empty() && host.size() <= 255 && std::ranges::all_of(host, [](unsigned char c) {
        return std::isalnum(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
      });
  return safe ? host : std::string();
}

std::string policy(const std::string& host) {
  // Browsers that do not count ws: to the same origin as http: need its address.
  std::string connect = "'self'";
  if (const std::string safe = safe_host(host); !safe.empty())
    connect += " ws://" + safe + " wss://" + safe;
  return "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src " + connect +
         "; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'";
}

HttpAnswer plain(unsigned status, std::string text) {
  return {status,
          {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
          std::make_shared<const std::string>(std::move(text))};
}

}  // namespace

Result<StaticFiles> StaticFiles::load(const fs::path& folder) {
  StaticFiles result;
  std::error_code error;
  std::size_t bytes = 0;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    const fs::path& path = it->path();
    const std::string extension = path.extension().string();
    const bool packed = extension == ".gz" || extension == ".br";
    auto body = read(path);
    if (!body) return std::unexpected(body.error());
    bytes += (*body)->size();
    if (result.files_.size() >= kMostFiles || bytes > kMostBytes)
      return fail(ErrorCode::kTooLarge,
                  "web_folder " + folder.string() + " holds too much to be the built client");
    std::string name = "/" + fs::relative(path, folder, error).generic_string();
    if (packed) name.resize(name.size() - 3);
    StaticFile& file = result.files_[name];
    (extension == ".gz" ? file.gzip : extension == ".br" ? file.brotli : file.plain) = *body;
    if (packed) continue;
    file.type = type_of(path);
    file.immutable = has_hash(path);
  }
  if (error)
    return fail(ErrorCode::kIo,
                "cannot read web_folder " + folder.string() + ": " + error.message());
  std::erase_if(result.files_, [](const auto& item) { return item.second.plain == nullptr; });
  if (!result.files_.contains("/index.html"))
    return fail(ErrorCode::kNotFound,
                "web_folder " + folder.string() + " holds no index.html; build the client first");
  return result;
}

const StaticFile* StaticFiles::find(const std::string& path) const {
  const bool page = std::ranges::find(kPages, path) != kPages.end() ||
                    std::ranges::any_of(kGroupPages, [&](std::string_view start) {
                      return path.starts_with(start);
                    });
  const auto it = files_.find(page ? "/index.html" : path);
  return it == files_.end() ? nullptr : &it->second;
}

HttpAnswer StaticFiles::answer(const std::string& method, std::string target,
                               const std::string& accept_encoding, const std::string& host) const {
  if (method != "GET" && method != "HEAD") return plain(405, "only GET and HEAD\n");
  target.resize(std::min(target.find('?'), target.size()));
  if (target == "/healthz") return plain(200, "ok\n");
  const StaticFile* file = find(target);
  if (file == nullptr) return plain(404, "not found\n");
  HttpAnswer answer;
  answer.body = file->plain;
  answer.headers = {
      {"Content-Type", file->type},
      {"Content-Security-Policy", policy(host)},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Vary", "Accept-Encoding"},
      {"Cache-Control", file->immutable ? "public, max-age=31536000, immutable" : "no-cache"}};
  if (file->brotli && accepts(accept_encoding, "br")) {
    answer.body = file->brotli;
    answer.headers.emplace_back("Content-Encoding", "br");
  } else if (file->gzip && accepts(accept_encoding, "gzip")) {
    answer.body = file->gzip;
    answer.headers.emplace_back("Content-Encoding", "gzip");
  }
  return answer;
}

}  // namespace xom::server
