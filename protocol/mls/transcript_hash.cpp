#include "protocol/mls/transcript_hash.h"

#include "protocol/crypto/hkdf.h"

namespace xom::mls {

// 8.2: ConfirmedTranscriptHashInput.
Hash confirmed_transcript_hash(ByteView interim, const AuthenticatedContent& commit) {
  Output input;
  input.u16(raw(commit.wire_format));
  commit.content.write(input);
  return confirmed_transcript_hash(interim, input.view(), commit.auth.signature);
}

Hash confirmed_transcript_hash(ByteView interim, ByteView format_and_content, ByteView signature) {
  Output end;
  end.vector(signature);
  const std::array<ByteView, 3> parts = {interim, format_and_content, end.view()};
  return crypto::sha256(parts);
}

// 8.2: InterimTranscriptHashInput.
Hash interim_transcript_hash(ByteView confirmed, ByteView confirmation_tag) {
  Output input;
  input.vector(confirmation_tag);
  const std::array<ByteView, 2> parts = {confirmed, input.view()};
  return crypto::sha256(parts);
}

// 6.1
Bytes confirmation_tag(const Secret& confirmation_key, ByteView confirmed) {
  const Secret tag = crypto::hmac_sha256(confirmation_key.view(), confirmed);
  return {tag.view().begin(), tag.view().end()};
}

}  // namespace xom::mls
