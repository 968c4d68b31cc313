// Messages with the framing of RFC 9420 and arbitrary bytes where ciphertexts and tags would be:
// enough for a node, which checks framing, epoch, membership and sizes only.
#pragma once

#include <string_view>
#include <vector>

#include "protocol/base/bytes.h"

namespace xom::test {

[[nodiscard]] Bytes fake_key_package(const DeviceKey& device, const AccountKey& account);
[[nodiscard]] Bytes fake_private_message(const LogId& group, Epoch epoch,
                                         std::string_view ciphertext);
// A commit by the member at `sender_leaf` of epoch `epoch`, with one inline Add per key package
// (each an MLSMessage(KeyPackage)).
[[nodiscard]] Bytes fake_commit(const LogId& group, Epoch epoch, std::uint32_t sender_leaf,
                                ByteView authenticated_data, const std::vector<Bytes>& added);
[[nodiscard]] Bytes fake_group_info(const LogId& group, Epoch epoch);
// For the holder of `key_package`, an MLSMessage(KeyPackage).
[[nodiscard]] Bytes fake_welcome(ByteView key_package);

}  // namespace xom::test
