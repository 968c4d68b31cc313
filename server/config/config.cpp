#include "server/config/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <variant>

namespace xom::server {
namespace {

using Text = std::string Config::*;
using Port = std::uint16_t Config::*;
using Number = std::uint32_t Config::*;

struct Option {
  std::string_view name;
  std::variant<Text, Port, Number> field;
  std::variant<std::string_view, std::int64_t> default_value;
  std::int64_t least = 0;  // of numbers
  std::int64_t most = 0;
  std::string_view choices;  // of texts: "a|b", empty: any
  std::string_view explanation;
};

const std::array<Option, 13> kOptions{{
    {"listen_address", &Config::listen_address, "127.0.0.1", 0, 0, "",
     "IP address to listen on; 0.0.0.0 or :: for all. The default is safe behind a proxy."},
    {"listen_port", &Config::listen_port, std::int64_t{8443}, 1, 65535, "", "TCP port."},
    {"tls_certificate", &Config::tls_certificate, "", 0, 0, "",
     "PEM file with the certificate chain; read again when it changes. Empty: plain HTTP, for a "
     "proxy in front."},
    {"tls_key", &Config::tls_key, "", 0, 0, "",
     "PEM file with its private key; with tls_certificate, or neither."},
    {"web_folder", &Config::web_folder, "", 0, 0, "",
     "Folder of the built client. Empty: no pages are served."},
    {"max_sessions", &Config::max_sessions, std::int64_t{18000}, 1, 1000000, "",
     "Connections at once; a process may often have no more than 20,000 open files."},
    {"max_sessions_per_address", &Config::max_sessions_per_address, std::int64_t{2000}, 1, 1000000,
     "", "Of one IP address; a whole ward may share one behind its provider or a proxy."},
    {"disk_reserve_mb", &Config::disk_reserve_mb, std::int64_t{2048}, 64, 1048576, "",
     "With less free space than this on the disk nothing more is stored until there is half as "
     "much again; with less than twice as much it is announced. What the store needs for its own "
     "upkeep (log, flush, two compactions) is under 2048 as long as it has less than 20 GB."},
    {"keep_group_days", &Config::keep_group_days, std::int64_t{0}, 0, 36500, "",
     "Days that a group's entries are kept here; 0: for ever. Devices keep what they have read, "
     "but "
     "one that was away for longer cannot read on in the group, and has to be let in anew: leave "
     "it "
     "at 0 while there is space. Official logs and posts are kept for ever: who is official is "
     "worked out from their first entry."},
    {"keep_group_mb", &Config::keep_group_mb, std::int64_t{0}, 0, 1048576, "",
     "Megabytes kept of one group, the newest; 0: without limit. Nothing younger than 30 days goes "
     "for it."},
    {"keep_inbox_days", &Config::keep_inbox_days, std::int64_t{0}, 0, 36500, "",
     "Days that a device's Welcomes wait for it; 0: for ever. A device that comes for them later "
     "cannot read its inbox any more."},
    {"keep_inbox_mb", &Config::keep_inbox_mb, std::int64_t{0}, 0, 1048576, "",
     "Megabytes kept of one device's inbox, the newest; 0: without limit."},
    {"log_level", &Config::log_level, "info", 0, 0, "debug|info|warn|error",
     "What is written to standard error."},
}};

void set_default(Config& config, const Option& option) {
  if (const auto* text = std::get_if<Text>(&option.field)) {
    config.** text = std::string(std::get<std::string_view>(option.default_value));
  } else if (const auto* port = std::get_if<Port>(&option.field)) {
    config.** port = static_cast<std::uint16_t>(std::get<std::int64_t>(option.default_value));
  } else {
    config.*std::get<Number>(option.field) =
        static_cast<std::uint32_t>(std::get<std::int64_t>(option.default_value));
  }
}

bool is_choice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const auto bar = choices.find('|');
    if (choices.substr(0, bar) == value) return true;
    choices = bar == choices.npos ? "" : choices.substr(bar + 1);
  }
  return false;
}

// The fault, or empty.
std::string set(Config& config, const Option& option, const toml::node& node) {
  const std::string name(option.name);
  if (const auto* field = std::get_if<Text>(&option.field)) {
    const auto* value = node.as_string();
    if (value == nullptr) return name + " must be a text in quotes";
    if (!option.choices.empty() && !is_choice(option.choices, value->get())) {
      return name + " must be one of " + std::string(option.choices);
    }
    config.** field = value->get();
    return {};
  }
  const auto* value = node.as_integer();
  if (value == nullptr) return name + " must be a whole number";
  if (value->get() < option.least || value->get() > option.most) {
    return name + " must be from " + std::to_string(option.least) + " to " +
           std::to_string(option.most);
  }
  if (const auto* port = std::get_if<Port>(&option.field)) {
    config.** port = static_cast<std::uint16_t>(value->get());
  } else {
    config.*std::get<Number>(option.field) = static_cast<std::uint32_t>(value->get());
  }
  return {};
}

}  // namespace

Result<Config> read_config(const std::filesystem::path& file) {
  Config config;
  for (const Option& option : kOptions) set_default(config, option);
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return config;

  std::string faults;
  const auto fault = [&](const toml::source_region& where, const std::string& what) {
    if (!faults.empty()) faults += '\n';
    faults += file.string() + ":" + std::to_string(where.begin.line) + ": " + what;
  };
  try {
    const toml::table table = toml::parse_file(file.string());
    for (const auto& [key, node] : table) {
      const auto option = std::find_if(kOptions.begin(), kOptions.end(),
                                       [&](const Option& o) { return o.name == key.str(); });
      if (option == kOptions.end()) {
        fault(node.source(),
              "unknown key " + std::string(key.str()) + "; xom-node --help lists the keys");
        continue;
      }
      const std::string what = set(config, *option, node);
      if (!what.empty()) fault(node.source(), what);
    }
  } catch (const toml::parse_error& e) {
    fault(e.source(), std::string(e.description()));
  }
  if (faults.empty() && config.tls_certificate.empty() != config.tls_key.empty()) {
    faults = file.string() + ": tls_certificate and tls_key belong together; give both or neither";
  }
  if (!faults.empty()) return fail(ErrorCode::kBadConfiguration, faults);
  return config;
}

std::string describe_config() {
  std::string text;
  for (const Option& option : kOptions) {
    text += "  " + std::string(option.name) + " = ";
    if (const auto* value = std::get_if<std::string_view>(&option.default_value)) {
      text += "\"" + std::string(*value) + "\"";
      if (!option.choices.empty()) text += "  (" + std::string(option.choices) + ")";
    } else {
      text += std::to_string(std::get<std::int64_t>(option.default_value)) + "  (" +
              std::to_string(option.least) + " to " + std::to_string(option.most) + ")";
    }
    text += "\n      " + std::string(option.explanation) + "\n";
  }
  return text;
}

}  // namespace xom::server
