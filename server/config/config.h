// The node's configuration: one declared table, read from TOML.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "protocol/base/result.h"

namespace xom::server {

struct Config {
  std::string listen_address;
  std::uint16_t listen_port = 0;
  std::string tls_certificate;  // PEM files; both or none
  std::string tls_key;
  std::string web_folder;  // the built client; empty: no pages
  std::uint32_t max_sessions = 0;
  std::uint32_t max_sessions_per_address = 0;
  std::uint32_t disk_reserve_mb = 0;
  std::uint32_t keep_group_days = 0;  // retention: 0 is without a limit
  std::uint32_t keep_group_mb = 0;
  std::uint32_t keep_inbox_days = 0;
  std::uint32_t keep_inbox_mb = 0;
  std::string log_level;
};

// A file that does not exist is all defaults. kBadConfiguration with every fault at once, one a
// line, each with the line number where there is one: unknown keys, wrong types, values out of
// range.
[[nodiscard]] Result<Config> read_config(const std::filesystem::path& file);

// The table for --help: name, type, default, range, explanation.
[[nodiscard]] std::string describe_config();

}  // namespace xom::server
