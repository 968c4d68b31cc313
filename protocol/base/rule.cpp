#include "protocol/base/rule.h"

#include <array>

namespace xom {

namespace {

constexpr std::array kNames = {
#define XOM_RULE_NAME(id, name) std::string_view{name},
    XOM_RULES(XOM_RULE_NAME)
#undef XOM_RULE_NAME
};

}  // namespace

std::string_view name_of(Rule rule) { return kNames[static_cast<std::size_t>(rule)]; }

#ifdef XOM_RULE_SWITCHES
namespace {

std::array<int, kNames.size()> off{};

}  // namespace

bool enforced(Rule rule) { return off[static_cast<std::size_t>(rule)] == 0; }

RuleOff::RuleOff(Rule rule) : rule_(rule) { ++off[static_cast<std::size_t>(rule)]; }
RuleOff::~RuleOff() { --off[static_cast<std::size_t>(rule_)]; }
#endif

}  // namespace xom
