#include "tests/vectors/run.h"

#include "tests/vectors/formats.h"

namespace xom::vectors {

namespace {

// Which of the suites hold what a format needs.
enum class Suites : std::uint8_t {
  kAny,        // no cipher suite
  kOurs,       // 3
  kSha256,     // 1, 2, 3: only the hash, and what is made of it
  kNoSealing,  // 1, 3: also X25519 and Ed25519, but no AEAD
};

struct Format {
  const char* name;
  const char* field;  // that this format alone has
  Suites suites;
  void (*check)(Check&);
};
constexpr Format kFormats[] = {
    {"tree-math", "n_leaves", Suites::kAny, tree_math},
    {"deserialization", "vlbytes_header", Suites::kAny, deserialization},
    {"crypto-basics", "ref_hash", Suites::kOurs, crypto_basics},
    {"secret-tree", "sender_data", Suites::kOurs, secret_tree},
    {"message-protection", "proposal_priv", Suites::kOurs, message_protection},
    {"key-schedule", "initial_init_secret", Suites::kNoSealing, key_schedule},
    {"psk_secret", "psks", Suites::kSha256, psk_secret},
    {"transcript-hashes", "authenticated_content", Suites::kSha256, transcript_hashes},
    {"welcome", "signer_pub", Suites::kOurs, welcome},
    {"tree-operations", "tree_before", Suites::kSha256, tree_operations},
    {"tree-validation", "resolutions", Suites::kNoSealing, tree_validation},
    {"treekem", "update_paths", Suites::kOurs, tree_kem},
    {"messages", "mls_welcome", Suites::kAny, messages},
    {"passive-client", "initial_epoch_authenticator", Suites::kOurs, passive_client},
};

bool applies(Suites suites, std::uint64_t suite) {
  switch (suites) {
    case Suites::kAny:
      return true;
    case Suites::kOurs:
      return suite == mls::kSuite;
    case Suites::kSha256:
      return suite >= 1 && suite <= 3;
    case Suites::kNoSealing:
      return suite == 1 || suite == 3;
  }
  return false;
}

const Format* format_of(const Json& first) {
  for (const Format& format : kFormats) {
    if (first.is_object() && first.contains(format.field)) return &format;
  }
  return nullptr;
}

}  // namespace

Outcome run(std::string_view text) {
  Outcome outcome;
  const Json all = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!all.is_array() || all.empty()) {
    outcome.failed = 1;
    outcome.first_failure = "no list of vectors";
    return outcome;
  }
  const Format* format = format_of(all.front());
  if (format == nullptr) {
    outcome.skipped = static_cast<int>(all.size());
    return outcome;
  }
  outcome.format = format->name;
  for (std::size_t i = 0; i < all.size(); ++i) {
    Check check(all[i]);
    if (format->suites != Suites::kAny && !applies(format->suites, check.number("cipher_suite"))) {
      // A vector that names no suite is broken, not another suite's.
      if (check.ok()) {
        ++outcome.skipped;
        continue;
      }
    } else {
      format->check(check);
    }
    if (check.ok()) {
      ++outcome.passed;
    } else if (outcome.failed++ == 0) {
      outcome.first_failure = std::to_string(i) + ": " + check.problem();
    }
  }
  return outcome;
}

std::string Outcome::line() const {
  std::string line = format.empty() ? "-" : format;
  for (const int count : {passed, failed, skipped}) line += " " + std::to_string(count);
  if (!first_failure.empty()) line += " " + first_failure;
  return line;
}

}  // namespace xom::vectors
