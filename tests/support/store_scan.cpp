// xom_store_scan FOLDER WORD...: looks for words in everything that a node has stored: every key
// and value, read through the engine (so that compression hides nothing), and the raw bytes of
// every file. The node must be stopped. Prints "<word> <times>" a line; exit code 0 if it could
// look everywhere, 2 if not.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/rocksdb_engine.h"

namespace {

using xom::Result;
namespace fs = std::filesystem;
using Counts = std::map<std::string, std::size_t>;

void count(std::string_view text, Counts& counts) {
  for (auto& [word, times] : counts) {
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++times;
  }
}

boost::asio::awaitable<Result<std::size_t>> scan_store(xom::storage::Engine& engine,
                                                       Counts& counts) {
  constexpr std::size_t kPage = 1000;
  constexpr std::size_t kPageBytes = 16 * 1024 * 1024;
  std::string begin;
  std::size_t keys = 0;
  for (;;) {
    std::string from = begin;
    std::string end;
    const auto page = co_await engine.scan(std::move(from), std::move(end), kPage, kPageBytes);
    if (!page) co_return std::unexpected(page.error());
    if (page->empty()) co_return keys;
    for (const auto& item : *page) {
      count(item.key, counts);
      count(item.value, counts);
      ++keys;
    }
    begin = page->back().key + '\0';
  }
}

int scan(const fs::path& folder, Counts counts) {
  std::size_t files = 0;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (in.bad()) return 2;
    count(text, counts);
    ++files;
  }
  auto engine = xom::storage::open_rocksdb((folder / "store").string(), {});
  if (!engine) {
    std::fprintf(stderr, "%s\n", engine.error().message.c_str());
    return 2;
  }
  boost::asio::io_context context;
  std::optional<Result<std::size_t>> keys;
  boost::asio::co_spawn(context, scan_store(**engine, counts),
                        [&](std::exception_ptr e, Result<std::size_t> r) {
                          if (e) std::rethrow_exception(e);
                          keys = std::move(r);
                        });
  context.run();
  if (!keys || !*keys || **keys == 0 || files == 0) {
    std::fprintf(stderr, "the store could not be read, or is empty\n");
    return 2;
  }
  for (const auto& [word, times] : counts) std::printf("%s %zu\n", word.c_str(), times);
  std::printf("# %zu keys, %zu files\n", **keys, files);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: xom_store_scan FOLDER WORD...\n");
    return 2;
  }
  Counts counts;
  for (int i = 2; i < argc; ++i) counts[argv[i]] = 0;
  return scan(argv[1], std::move(counts));
}
