// RULES, "Accounts, devices, re-entry": coming in by an external commit.
#include "protocol/admission/judgement.h"
#include "protocol/base/rule.h"

namespace xom::admission {

Result<void> judge_reentry(const Case& c) {
  if (c.commit.removed.size() != 1) {
    return fail(ErrorCode::kNotPermitted, "re-entry removes exactly one leaf");
  }
  const mls::LeafNode& gone = *c.before.tree().leaf(c.commit.removed.front());
  const mls::LeafNode* joined = c.after.tree().leaf(c.commit.committer);
  if (joined == nullptr) return fail(ErrorCode::kInternal, "re-entry without a leaf");
  if (enforced(Rule::kReentryOwnLeaf)) {
    if (gone.credential != joined->credential) {
      return fail(ErrorCode::kUntrusted, "re-entry: the removed leaf is another account's");
    }
    auto member = read_member(*joined);
    if (!member) return std::unexpected(member.error());
    auto device = DeviceKey::from(gone.signature_key);
    const bool own = gone.signature_key == joined->signature_key;
    if (!own && device && member->list.contains(*device)) {
      return fail(ErrorCode::kUntrusted, "re-entry: the removed leaf is another device's");
    }
  }
  // As silent from outside as it is inside: its place in the tree is no way back in.
  if (enforced(Rule::kDeadLeafSilent) && !is_live(c.after.tree(), c.commit.committer)) {
    return fail(ErrorCode::kRevoked, "re-entry by a device that its account no longer lists");
  }
  return judge_successor(c, gone, *joined);
}

}  // namespace xom::admission
