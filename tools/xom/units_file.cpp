#include "tools/xom/units_file.h"

#include <toml++/toml.h>

#include <charconv>
#include <initializer_list>
#include <optional>
#include <set>

namespace xom::tools {
namespace {

std::unexpected<Error> at(const toml::node& node, const std::string& what) {
  return fail(ErrorCode::kMalformed,
              "line " + std::to_string(node.source().begin.line) + ": " + what);
}

Result<toml::table> parse_toml(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kMalformed, "line " + std::to_string(error.source().begin.line) + ": " +
                                           std::string(error.description()));
  }
}

Result<void> only_keys(const toml::table& table, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : table) {
    bool found = false;
    for (const auto& name : known) found = found || key.str() == name;
    if (!found) return at(value, "unknown key \"" + std::string(key.str()) + "\"");
  }
  return {};
}

Result<std::string> text_at(const toml::table& table, const char* key,
                            std::optional<std::string> fallback = {}) {
  const toml::node* node = table.get(key);
  if (node == nullptr && fallback) return *fallback;
  if (node == nullptr) return at(table, std::string("\"") + key + "\" is missing");
  auto text = node->value<std::string>();
  if (!text || text->empty()) return at(*node, std::string("\"") + key + "\" must be a text");
  return *text;
}

// "1-10, 12" to the numbers, in order.
Result<std::vector<unsigned>> ranges(const toml::node& node, std::string_view text) {
  std::vector<unsigned> numbers;
  const auto number = [](std::string_view s) -> std::optional<unsigned> {
    while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
    while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
    unsigned n = 0;
    const auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), n);
    if (ec != std::errc{} || end != s.data() + s.size() || n == 0 || n > 99999) return std::nullopt;
    return n;
  };
  while (true) {
    const auto comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const auto dash = part.find('-');
    const auto first = number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    if (!first || !last || *last < *first || *last - *first >= kMaxUnits ||
        numbers.size() > kMaxUnits)
      return at(node, "\"" + std::string(part) + "\" is no range like \"1-10\"");
    for (unsigned n = *first; n <= *last; ++n) numbers.push_back(n);
    if (comma == std::string_view::npos) return numbers;
    text.remove_prefix(comma + 1);
  }
}

struct Levels {
  std::string quarter;
  std::string cell;
};

class Collector {
 public:
  Result<void> add(const toml::node& node, UnitLine line) {
    if (lines_.size() >= kMaxUnits)
      return fail(ErrorCode::kTooLarge, "more than " + std::to_string(kMaxUnits) + " units");
    if (!ids_.insert(line.unit).second)
      return at(node, "unit \"" + line.unit + "\" is there twice");
    if (!line.parent.empty() && !ids_.contains(line.parent))
      return at(node,
                "parent \"" + line.parent + "\" of \"" + line.unit + "\" must come before it");
    lines_.push_back(std::move(line));
    return {};
  }
  std::vector<UnitLine> take() { return std::move(lines_); }

 private:
  std::vector<UnitLine> lines_;
  std::set<std::string> ids_;
};

Result<void> add_quarter(Collector& out, const toml::table& table, const Levels& levels) {
  if (auto known = only_keys(table, {"id", "name", "cells"}); !known) return known;
  auto id = text_at(table, "id");
  if (!id) return std::unexpected(id.error());
  auto name = text_at(table, "name");
  if (!name) return std::unexpected(name.error());
  if (auto added = out.add(table, {*id, "", levels.quarter, *name}); !added) return added;
  if (table.get("cells") == nullptr) return {};
  auto cells = text_at(table, "cells");
  if (!cells) return std::unexpected(cells.error());
  auto numbers = ranges(*table.get("cells"), *cells);
  if (!numbers) return std::unexpected(numbers.error());
  for (const unsigned n : *numbers) {
    const std::string number = std::to_string(n);
    if (auto added =
            out.add(table, {*id + "/to" + number, *id, levels.cell, levels.cell + " " + number});
        !added)
      return added;
  }
  return {};
}

Result<void> add_unit(Collector& out, const toml::table& table) {
  if (auto known = only_keys(table, {"id", "parent", "level", "name"}); !known) return known;
  auto id = text_at(table, "id");
  auto parent = text_at(table, "parent", "");
  auto level = text_at(table, "level");
  auto name = text_at(table, "name");
  if (!id) return std::unexpected(id.error());
  if (!parent) return std::unexpected(parent.error());
  if (!level) return std::unexpected(level.error());
  if (!name) return std::unexpected(name.error());
  return out.add(table, {*id, *parent, *level, *name});
}

template <class Add>
Result<void> each(const toml::table& file, const char* key, Add add) {
  const toml::node* node = file.get(key);
  if (node == nullptr) return {};
  if (!node->is_array()) return at(*node, std::string("write [[") + key + "]]");
  for (const toml::node& item : *node->as_array()) {
    if (!item.is_table()) return at(item, std::string("write [[") + key + "]]");
    if (auto added = add(*item.as_table()); !added) return added;
  }
  return {};
}

}  // namespace

Result<std::vector<UnitLine>> parse_units(std::string_view text) {
  if (text.size() > kMaxUnitsFile) return fail(ErrorCode::kTooLarge, "file of units too long");
  auto parsed = parse_toml(text);
  if (!parsed) return std::unexpected(parsed.error());
  const toml::table& file = *parsed;
  if (auto known = only_keys(file, {"quarter_level", "cell_level", "quarter", "unit"}); !known)
    return std::unexpected(known.error());
  auto quarter_level = text_at(file, "quarter_level", "Khu phố");
  if (!quarter_level) return std::unexpected(quarter_level.error());
  auto cell_level = text_at(file, "cell_level", "Tổ dân phố");
  if (!cell_level) return std::unexpected(cell_level.error());
  const Levels levels{*quarter_level, *cell_level};
  Collector out;
  auto quarters =
      each(file, "quarter", [&](const toml::table& t) { return add_quarter(out, t, levels); });
  if (!quarters) return std::unexpected(quarters.error());
  auto units = each(file, "unit", [&](const toml::table& t) { return add_unit(out, t); });
  if (!units) return std::unexpected(units.error());
  auto lines = out.take();
  if (lines.empty())
    return fail(ErrorCode::kMalformed, "no [[quarter]] and no [[unit]] in the file");
  return lines;
}

}  // namespace xom::tools
