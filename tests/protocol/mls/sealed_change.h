// Sealed path secrets that no honest client would send.
#pragma once

#include <functional>

#include "protocol/mls/commit.h"

namespace xom::mls::testing {

inline void change(SealedSecrets& sealed,
                   const std::function<void(std::vector<HpkeCiphertext>&)>& how) {
  std::vector<HpkeCiphertext> ciphertexts;
  for (std::size_t i = 0; i < sealed.size(); ++i) ciphertexts.push_back(sealed.at(i));
  how(ciphertexts);
  sealed = SealedSecrets(ciphertexts);
}

}  // namespace xom::mls::testing
