// RFC 9420, section 8.2: the hashes of the group's history, and 6.1's confirmation tag.
#pragma once

#include "protocol/mls/framing.h"

namespace xom::mls {

// `interim` is empty before the first commit.
[[nodiscard]] Hash confirmed_transcript_hash(ByteView interim, const AuthenticatedContent& commit);
// The same, of ContentBytes::format_and_content().
[[nodiscard]] Hash confirmed_transcript_hash(ByteView interim, ByteView format_and_content,
                                             ByteView signature);
[[nodiscard]] Hash interim_transcript_hash(ByteView confirmed, ByteView confirmation_tag);
[[nodiscard]] Bytes confirmation_tag(const Secret& confirmation_key, ByteView confirmed);

}  // namespace xom::mls
