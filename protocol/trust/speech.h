// The rules for what publishers say: alerts and posts. Internal to this folder.
#pragma once

#include "protocol/trust/rules.h"

namespace xom::trust {

[[nodiscard]] Result<Judgement> judge_alert(const Tree& tree, const Occasion& occasion,
                                            const Statement& statement);
[[nodiscard]] Result<Judgement> judge_post(const Tree& tree, const Occasion& occasion,
                                           const Statement& statement);

}  // namespace xom::trust
