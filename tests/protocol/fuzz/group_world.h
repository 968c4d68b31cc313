// A small group, the same in every run, and messages of its present epoch that its members made.
#pragma once

#include <optional>

#include "protocol/mls/group.h"

namespace xom::fuzz {

struct World {
  // A member that receives: in the present epoch, in it with a proposal pending, in the next one,
  // in it with later messages read.
  std::vector<mls::Group> states;
  crypto::SigningKey receiver;
  // The epoch that `Welcome` leads into.
  std::optional<mls::Group> welcomed;
  mls::KeyPackage newcomer;
  mls::KeyPackageSecrets newcomer_secrets;
  // Everything that honest clients sent in the present epoch, with its name.
  std::vector<std::pair<std::string, mls::Message>> messages;
};

[[nodiscard]] const World& world();

}  // namespace xom::fuzz
