// One of each wire structure, with every field filled; the same at each call. Keys come from seeds,
// so leaves, key packages and GroupInfos are well signed.
#pragma once

#include "protocol/mls/framing.h"

namespace xom::mls::testing {

[[nodiscard]] crypto::SigningKey sample_key(std::uint8_t seed = 1);
[[nodiscard]] LeafNode::Place sample_place();
// Signed by sample_key(), for sample_place() where the source asks for it.
[[nodiscard]] LeafNode sample_leaf(LeafNodeSource source);
[[nodiscard]] KeyPackage sample_key_package();
[[nodiscard]] PreSharedKeyId sample_psk(PskType type);
[[nodiscard]] std::vector<Proposal> sample_proposals();  // one of each type, in their order
[[nodiscard]] Commit sample_commit();
[[nodiscard]] GroupContext sample_context();
[[nodiscard]] GroupInfo sample_group_info();
[[nodiscard]] Welcome sample_welcome();
[[nodiscard]] GroupSecrets sample_group_secrets(bool with_path);
[[nodiscard]] FramedContent sample_content(ContentType type,
                                           SenderType sender = SenderType::kMember);
[[nodiscard]] PublicMessage sample_public(ContentType type,
                                          SenderType sender = SenderType::kMember);
[[nodiscard]] std::vector<Message> sample_messages();  // of every wire format, content and sender

}  // namespace xom::mls::testing
