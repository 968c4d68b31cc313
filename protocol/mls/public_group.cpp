#include "protocol/mls/public_group.h"

#include <algorithm>

#include "protocol/mls/external_senders.h"
#include "protocol/mls/key_index.h"
#include "protocol/mls/limits.h"
#include "protocol/mls/message_protection.h"
#include "protocol/mls/proposal_validation.h"
#include "protocol/mls/transcript_hash.h"

namespace xom::mls {

namespace {

class NoPolicy final : public Policy {
 public:
  [[nodiscard]] Result<void> judge(const PublicGroup& /*before*/,
                                   const StagedCommit& /*commit*/) const override {
    return {};
  }
};

// 6.1: whose key a proposal is signed with; null: nobody's.
const Bytes* proposer_key(const PublicGroup& group, const Sender& sender,
                          const Proposal& proposal) {
  if (sender.type != SenderType::kNewMemberProposal) return group.signature_key(sender);
  return &std::get<Add>(proposal.value).key_package.leaf_node.signature_key;
}

}  // namespace

const Policy& no_policy() {
  static const NoPolicy kPolicy;
  return kPolicy;
}

PublicGroup PublicGroup::found(ByteView group_id, LeafNode founder, Extensions context) {
  PublicGroup group;
  group.tree_.set_leaf(LeafIndex{0}, std::move(founder));
  group.keys_ = std::make_shared<KeyIndex>(KeyIndex::of(group.tree_));
  group.context_.group_id.assign(group_id.begin(), group_id.end());
  const Hash tree_hash = group.tree_.tree_hash();
  group.context_.tree_hash.assign(tree_hash.bytes.begin(), tree_hash.bytes.end());
  group.context_.extensions = std::move(context);
  if (const auto senders = external_senders(group.context_.extensions)) {
    for (const ExternalSender& each : *senders) {
      group.external_sender_keys_.push_back(each.signature_key);
    }
  }
  return group;
}

Result<void> PublicGroup::adopt_tag(ByteView tag) {
  confirmation_tag_.assign(tag.begin(), tag.end());
  const Hash interim = mls::interim_transcript_hash(context_.confirmed_transcript_hash, tag);
  interim_transcript_hash_.assign(interim.bytes.begin(), interim.bytes.end());
  auto senders = external_senders(context_.extensions);
  if (!senders) return std::unexpected(senders.error());
  external_sender_keys_.clear();
  for (ExternalSender& sender : *senders) {
    external_sender_keys_.push_back(std::move(sender.signature_key));
  }
  return {};
}

const Bytes* PublicGroup::signature_key(const Sender& sender) const {
  if (sender.type == SenderType::kMember) {
    const LeafNode* leaf = tree_.leaf(LeafIndex{sender.index});
    return leaf != nullptr ? &leaf->signature_key : nullptr;
  }
  if (sender.type == SenderType::kExternal && sender.index < external_sender_keys_.size()) {
    return &external_sender_keys_[sender.index];
  }
  return nullptr;
}

Result<void> PublicGroup::check_epoch(ByteView group_id, Epoch epoch) const {
  if (!std::equal(group_id.begin(), group_id.end(), context_.group_id.begin(),
                  context_.group_id.end())) {
    return fail(ErrorCode::kNotFound, "6: a message of another group");
  }
  if (epoch < context_.epoch) {
    return fail(ErrorCode::kStaleEpoch, "6: a message of a past epoch", raw(context_.epoch));
  }
  if (epoch > context_.epoch) {
    return fail(ErrorCode::kUnavailable, "6: a message of a future epoch", raw(epoch));
  }
  return {};
}

Result<PublicGroup> PublicGroup::with_proposal(const AuthenticatedContent& content) const {
  const FramedContent& framed = content.content;
  if (auto ok = check_epoch(framed.group_id, framed.epoch); !ok) {
    return std::unexpected(ok.error());
  }
  if (ended_) return fail(ErrorCode::kNotPermitted, "12.4.2: the group has ended by a ReInit");
  const auto* proposal = std::get_if<Proposal>(&framed.content);
  if (proposal == nullptr) return fail(ErrorCode::kMalformed, "12.1: no proposal");
  if (auto ok = check_proposer(*proposal, framed.sender); !ok) return std::unexpected(ok.error());
  const Bytes* key = proposer_key(*this, framed.sender, *proposal);
  if (key == nullptr) return fail(ErrorCode::kMalformed, "6.1: an unknown sender");
  if (auto ok = verify_content(content, *key, context_); !ok) return std::unexpected(ok.error());
  if (auto ok = check_proposal(*this, *proposal, framed.sender); !ok) {
    return std::unexpected(ok.error());
  }
  const Hash reference = proposal_ref(encode(content));
  PublicGroup next = *this;
  if (std::any_of(pending_.begin(), pending_.end(),
                  [&](const auto& each) { return each.first == reference; })) {
    return next;
  }
  if (pending_.size() >= kMaxPendingProposals) {
    return fail(ErrorCode::kTooLarge, "too many proposals in one epoch");
  }
  next.pending_.emplace_back(reference, ResolvedProposal{*proposal, framed.sender, true});
  return next;
}

}  // namespace xom::mls
