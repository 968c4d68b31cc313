// The built client, held in memory: only what was in the folder at the start can be asked for, so
// there is no path to escape from it.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "protocol/base/result.h"

namespace xom::server {

using Body = std::shared_ptr<const std::string>;

struct StaticFile {
  Body plain;
  Body gzip;    // from the .gz beside it; may be null
  Body brotli;  // from the .br beside it; may be null
  std::string type;
  bool immutable = false;  // its name holds a hash of its content
};

struct HttpAnswer {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  Body body;  // never null
};

class StaticFiles {
 public:
  StaticFiles() = default;
  // kIo; kNotFound (no index.html); kTooLarge (more than a client can have: a wrong folder).
  [[nodiscard]] static Result<StaticFiles> load(const std::filesystem::path& folder);

  // Answers GET or HEAD (the caller leaves out the body): a file, index.html for the pages of the
  // app, /healthz, or an error. `host`: for the Content-Security-Policy.
  [[nodiscard]] HttpAnswer answer(const std::string& method, std::string target,
                                  const std::string& accept_encoding,
                                  const std::string& host) const;

 private:
  [[nodiscard]] const StaticFile* find(const std::string& path) const;
  std::map<std::string, StaticFile> files_;  // by path, with the slash in front
};

}  // namespace xom::server
