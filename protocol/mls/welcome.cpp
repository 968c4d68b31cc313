#include "protocol/mls/welcome.h"

#include <algorithm>

#include "protocol/mls/fields.h"

namespace xom::mls {

namespace {

// 12.4.3, GroupInfoTBS.
void write_all_but_signature(const GroupInfo& info, Output& out) {
  info.group_context.write(out);
  out.list(info.extensions);
  out.vector(info.confirmation_tag);
  out.u32(raw(info.signer));
}
SignContent to_be_signed(const GroupInfo& info) {
  std::size_t expected = 1024;
  for (const Extension& extension : info.extensions) expected += extension.data.size();
  SignContent bytes("GroupInfoTBS", expected);
  write_all_but_signature(info, bytes.content());
  bytes.close();
  return bytes;
}

}  // namespace

// 12.4.3
void GroupInfo::write(Output& out) const {
  write_all_but_signature(*this, out);
  out.vector(signature);
}

GroupInfo GroupInfo::read(Input& in) {
  GroupInfo info;
  info.group_context = GroupContext::read(in);
  info.extensions = read_extensions(in);
  info.confirmation_tag = read_field(in);
  info.signer = LeafIndex{in.u32()};
  info.signature = read_field(in);
  return info;
}

void GroupInfo::sign(const crypto::SigningKey& key) { signature = to_be_signed(*this).sign(key); }

Result<void> GroupInfo::verify_signature(ByteView public_key) const {
  return to_be_signed(*this).verify(public_key, signature);
}

// 12.4.3.1
void EncryptedGroupSecrets::write(Output& out) const {
  out.vector(new_member);
  encrypted_group_secrets.write(out);
}

EncryptedGroupSecrets EncryptedGroupSecrets::read(Input& in) {
  EncryptedGroupSecrets secrets;
  secrets.new_member = read_field(in);
  secrets.encrypted_group_secrets = HpkeCiphertext::read(in);
  return secrets;
}

void Welcome::write(Output& out) const {
  out.u16(cipher_suite);
  out.list(secrets);
  out.vector(encrypted_group_info);
}

Welcome Welcome::read(Input& in) {
  Welcome welcome;
  welcome.cipher_suite = in.u16();
  welcome.secrets = read_items<EncryptedGroupSecrets>(in);
  const ByteView info = in.vector(kMaxMessageBytes);
  welcome.encrypted_group_info.assign(info.begin(), info.end());
  return welcome;
}

crypto::SecretBytes GroupSecrets::seal_plaintext() const {
  Bytes head;
  append_length(head, joiner_secret.size());
  Bytes presence{static_cast<std::uint8_t>(path_secret ? 1 : 0)};
  if (path_secret) append_length(presence, path_secret->size());
  Output tail;
  tail.list(psks);
  // Put together in memory of the right size: a growing buffer would leave copies behind.
  const ByteView parts[] = {head, joiner_secret.view(), presence,
                            path_secret ? path_secret->view() : ByteView{}, tail.view()};
  std::size_t size = 0;
  for (const ByteView part : parts) size += part.size();
  crypto::SecretBytes out(size);
  auto* place = out.mutable_view().data();
  for (const ByteView part : parts) place = std::copy(part.begin(), part.end(), place);
  return out;
}

Result<GroupSecrets> GroupSecrets::open_plaintext(ByteView plaintext) {
  Input in(plaintext);
  GroupSecrets secrets;
  secrets.joiner_secret = crypto::SecretBytes(in.vector(kMaxField));
  const std::uint8_t presence = in.u8();
  if (presence > 1) in.refuse(ErrorCode::kMalformed, "2.1.1: presence is neither 0 nor 1");
  if (presence == 1) secrets.path_secret = crypto::SecretBytes(in.vector(kMaxField));
  secrets.psks = read_items<PreSharedKeyId>(in);
  if (auto done = in.finish(); !done) {
    return std::unexpected(done.error().during("12.4.3.1: group secrets"));
  }
  return secrets;
}

}  // namespace xom::mls
