// Groups as messages of schema/core.proto, and MLSMessages of one kind.
#pragma once

#include "protocol/codec/reader.h"
#include "protocol/mls/group.h"
#include "protocol/wasm/abi.h"

namespace xom::wasm {

// MLSMessage(T). kMalformed: a message of another kind.
template <class T>
[[nodiscard]] Result<T> read_as(ByteView bytes) {
  auto message = mls::read_message(bytes);
  if (!message) return std::unexpected(message.error());
  if (auto* value = std::get_if<T>(&message->value)) return std::move(*value);
  return fail(ErrorCode::kMalformed, "6: a message of another kind");
}
template <class T>
[[nodiscard]] Bytes write_message(T value) {
  return mls::encode(mls::Message{std::move(value)});
}

[[nodiscard]] Bytes encode_leaf(mls::LeafIndex index, const mls::LeafNode& leaf);  // GroupLeaf
[[nodiscard]] Bytes encode_leaves(const mls::RatchetTree& tree);                   // GroupLeaves
[[nodiscard]] Bytes encode_added(mls::LeafIndex index, const mls::KeyPackage& added);  // AddedLeaf
[[nodiscard]] Bytes encode_standing(const mls::Group& group);  // GroupStanding
[[nodiscard]] Bytes encode_processed(const mls::PublicGroup& before,
                                     const mls::StagedCommit& commit);  // Processed

// Both hold secrets: give_secret(), and the input is wiped by the host.
[[nodiscard]] Bytes encode_records(const std::vector<mls::Record>& records);  // StateRecords
[[nodiscard]] Result<std::vector<mls::Record>> decode_records(ByteView bytes);

}  // namespace xom::wasm
