// RFC 9420, sections 12.4.3 and 12.4.3.1: what a GroupInfo says, against its tree or a commit.
// Its confirmation tag needs the secrets of the epoch: join_welcome.cpp.
#include <algorithm>

#include "protocol/mls/hpke_public_key.h"
#include "protocol/mls/key_index.h"
#include "protocol/mls/limits.h"
#include "protocol/mls/public_group.h"
#include "protocol/mls/tree_validation.h"

namespace xom::mls {

namespace {

constexpr std::size_t kTag = 32;

bool same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

}  // namespace

Result<Bytes> GroupInfo::external_pub() const {
  const Bytes* extension = find(extensions, ExtensionType::kExternalPub);
  if (extension == nullptr) {
    return fail(ErrorCode::kMalformed, "12.4.3.2: the GroupInfo names no external_pub");
  }
  Input in(*extension);
  const ByteView key = in.vector(kMaxField);
  if (auto done = in.finish(); !done) {
    return std::unexpected(done.error().during("12.4.3.2: external_pub"));
  }
  if (auto ok = check_encryption_key(key); !ok) return std::unexpected(ok.error());
  return Bytes(key.begin(), key.end());
}

Result<PublicGroup> PublicGroup::from_group_info(const GroupInfo& info,
                                                 const PublicGroupOptions& options) {
  const GroupContext& context = info.group_context;
  if (context.version != kProtocolMls10 || context.cipher_suite != kSuite) {
    return fail(ErrorCode::kUnsupportedVersion, "12.4.3.1: version or cipher suite of a group");
  }
  if (info.confirmation_tag.size() != kTag) {
    return fail(ErrorCode::kMalformed, "12.4.3: confirmation tag");
  }
  // 12.4.3.3: a tree that came separately needs no trust, the context holds its hash.
  const Bytes* encoded = find(info.extensions, ExtensionType::kRatchetTree);
  if (encoded == nullptr) encoded = options.separate_tree;
  if (encoded == nullptr) return fail(ErrorCode::kNotFound, "12.4.3.3: no tree");
  auto tree = RatchetTree::decode(*encoded);
  if (!tree) return std::unexpected(tree.error().during("12.4.3.3"));
  const LeafNode* signer = tree->leaf(info.signer);
  if (signer == nullptr) return fail(ErrorCode::kMalformed, "12.4.3.1: the signer is no member");
  if (auto ok = info.verify_signature(signer->signature_key); !ok) {
    return std::unexpected(ok.error());
  }
  if (!same(tree->tree_hash().view(), context.tree_hash)) {
    return fail(ErrorCode::kMalformed, "12.4.3.1: another tree hash");
  }
  if (auto ok = check_tree(*tree, context.group_id, context.extensions); !ok) {
    return std::unexpected(ok.error());
  }
  PublicGroup group;
  group.context_ = context;
  group.keys_ = std::make_shared<KeyIndex>(KeyIndex::of(*tree));
  group.tree_ = std::move(*tree);
  if (auto ok = group.adopt_tag(info.confirmation_tag); !ok) return std::unexpected(ok.error());
  return group;
}

Result<void> PublicGroup::check_group_info(const GroupInfo& info, const StagedCommit& staged) {
  const PublicGroup& after = *staged.after;
  // 12.4.1: the committer makes it.
  const LeafNode* committer = after.tree_.leaf(staged.committer);
  if (committer == nullptr || info.signer != staged.committer) {
    return fail(ErrorCode::kMalformed, "12.4.1: a GroupInfo by another than the committer");
  }
  if (info.group_context != after.context_) {
    return fail(ErrorCode::kMalformed, "12.4.1: a GroupInfo of another state");
  }
  if (info.confirmation_tag != after.confirmation_tag_) {
    return fail(ErrorCode::kMalformed, "12.4.1: a GroupInfo with another confirmation tag");
  }
  const Bytes* tree = find(info.extensions, ExtensionType::kRatchetTree);
  if (tree == nullptr || *tree != after.tree_.encode()) {
    return fail(ErrorCode::kMalformed, "12.4.3.3: a GroupInfo without the new tree");
  }
  // Who has to re-enter seals to it, and nobody else would notice that it cannot be done.
  if (auto key = info.external_pub(); !key) return std::unexpected(key.error());
  return info.verify_signature(committer->signature_key);
}

}  // namespace xom::mls
