// messages, message-protection.
#include "protocol/mls/message_protection.h"
#include "protocol/mls/ratchet_tree.h"
#include "tests/vectors/formats.h"

namespace xom::vectors {

namespace {

template <class T>
void same_again(Check& check, const char* field) {
  const Bytes given = check.bytes(field);
  const auto value = mls::decode<T>(given);
  if (check.good(value, field)) check.same(mls::encode(*value), given, field);
}

void message_again(Check& check, const char* field, mls::WireFormat format) {
  same_again<mls::Message>(check, field);
  const auto message = mls::read_message(check.bytes(field));
  if (check.good(message, field)) check.expect(message->wire_format() == format, field);
}

// The vector holds the proposal without its type.
void proposal_again(Check& check, const char* field, mls::ProposalType type) {
  mls::Output typed;
  typed.u16(static_cast<std::uint16_t>(type));
  typed.raw(check.bytes(field));
  const auto value = mls::decode<mls::Proposal>(typed.view());
  if (!check.good(value, field)) return;
  check.expect(value->type() == type, field);
  check.same(mls::encode(*value), typed.view(), field);
}

// RFC 9420, 6.2 forbids application data in a PublicMessage, and the core refuses the whole; so its
// parts are read and written.
void clear_application_again(Check& check, const char* field) {
  const Bytes given = check.bytes(field);
  const auto refused = mls::read_message(given);
  check.expect(!refused && refused.error().code == ErrorCode::kMalformed, "6.2: in the clear");
  mls::Input in(given);
  check.expect(in.u16() == mls::kProtocolMls10, "version");
  check.expect(in.u16() == static_cast<std::uint16_t>(mls::WireFormat::kPublicMessage), "format");
  mls::PublicMessage message;
  message.content = mls::FramedContent::read(in);
  message.auth = mls::FramedContentAuthData::read(in, message.content.type());
  if (message.content.sender.type == mls::SenderType::kMember) {
    const ByteView tag = in.vector(given.size());
    message.membership_tag.assign(tag.begin(), tag.end());
  }
  if (!check.good(in.finish(), field)) return;
  check.expect(message.content.type() == mls::ContentType::kApplication, field);
  check.same(mls::encode(mls::Message{message}), given, field);
}

}  // namespace

void messages(Check& check) {
  using mls::ProposalType;
  message_again(check, "mls_welcome", mls::WireFormat::kWelcome);
  message_again(check, "mls_group_info", mls::WireFormat::kGroupInfo);
  message_again(check, "mls_key_package", mls::WireFormat::kKeyPackage);
  const Bytes encoded_tree = check.bytes("ratchet_tree");
  const auto tree = mls::RatchetTree::decode(encoded_tree);
  if (check.good(tree, "ratchet_tree")) check.same(tree->encode(), encoded_tree, "ratchet_tree");
  const Bytes secrets = check.bytes("group_secrets");
  const auto opened = mls::GroupSecrets::open_plaintext(secrets);
  if (check.good(opened, "group_secrets")) {
    check.same(opened->seal_plaintext().view(), secrets, "group_secrets");
  }
  proposal_again(check, "add_proposal", ProposalType::kAdd);
  proposal_again(check, "update_proposal", ProposalType::kUpdate);
  proposal_again(check, "remove_proposal", ProposalType::kRemove);
  proposal_again(check, "pre_shared_key_proposal", ProposalType::kPreSharedKey);
  proposal_again(check, "re_init_proposal", ProposalType::kReInit);
  proposal_again(check, "external_init_proposal", ProposalType::kExternalInit);
  proposal_again(check, "group_context_extensions_proposal", ProposalType::kGroupContextExtensions);
  same_again<mls::Commit>(check, "commit");
  clear_application_again(check, "public_message_application");
  message_again(check, "public_message_proposal", mls::WireFormat::kPublicMessage);
  message_again(check, "public_message_commit", mls::WireFormat::kPublicMessage);
  message_again(check, "private_message", mls::WireFormat::kPrivateMessage);
}

namespace {

class Protection {
 public:
  explicit Protection(Check& check)
      : check_(check),
        membership_key_(check.secret("membership_key")),
        sender_data_secret_(check.secret("sender_data_secret")),
        signature_pub_(check.bytes("signature_pub")) {
    context_.group_id = check.bytes("group_id");
    context_.epoch = Epoch{check.number("epoch")};
    context_.tree_hash = check.bytes("tree_hash");
    context_.confirmed_transcript_hash = check.bytes("confirmed_transcript_hash");
  }

  [[nodiscard]] mls::SecretTree fresh_tree() {
    return {mls::TreeSize::for_leaves(2), check_.secret("encryption_secret")};
  }

  // The content of a message of member 1, opened and with a good signature; else nothing.
  [[nodiscard]] std::optional<mls::AuthenticatedContent> open(const mls::Message& message,
                                                              const char* what) {
    auto tree = fresh_tree();
    Result<mls::AuthenticatedContent> content = fail(ErrorCode::kMalformed, "neither kind");
    if (const auto* clear = std::get_if<mls::PublicMessage>(&message.value)) {
      content = mls::unprotect_public(*clear, membership_key_, context_);
    } else if (const auto* sealed = std::get_if<mls::PrivateMessage>(&message.value)) {
      content = mls::unprotect_private(*sealed, sender_data_secret_, tree);
    }
    if (!check_.good(content, what)) return std::nullopt;
    (void)check_.good(mls::verify_content(*content, signature_pub_, context_), what);
    check_.expect(content->content.sender == mls::Sender{mls::SenderType::kMember, 1},
                  std::string(what) + ": sender");
    return std::move(*content);
  }

  // Protects the content of what was opened anew, in the given way, and opens it.
  void again(const mls::AuthenticatedContent& opened, mls::WireFormat format, const char* what) {
    const auto signer = crypto::SigningKey::from_seed(check_.bytes("signature_priv"));
    if (!check_.good(signer, "signature_priv")) return;
    auto content = mls::sign_content(format, opened.content, *signer, context_);
    content.auth.confirmation_tag = opened.auth.confirmation_tag;
    mls::Message message;
    if (format == mls::WireFormat::kPublicMessage) {
      message.value = mls::protect_public(content, membership_key_, context_);
    } else {
      auto tree = fresh_tree();
      auto sealed =
          mls::protect_private(content, sender_data_secret_, tree, 64, crypto::system_random());
      if (!check_.good(sealed, what)) return;
      message.value = std::move(*sealed);
    }
    // Through the bytes, as it would travel.
    const auto read = mls::read_message(mls::encode(message));
    if (!check_.good(read, what)) return;
    if (const auto back = open(*read, what)) {
      check_.expect(back->content == opened.content, std::string(what) + ": content");
    }
  }

  void given(const char* field, mls::WireFormat format, ByteView raw_content) {
    const auto message = mls::read_message(check_.bytes(field));
    if (!check_.good(message, field)) return;
    check_.expect(message->wire_format() == format, field);
    const auto opened = open(*message, field);
    if (!opened) return;
    mls::Output out;
    if (const auto* data = std::get_if<mls::ApplicationData>(&opened->content.content)) {
      out.raw(data->data);
    } else if (const auto* proposal = std::get_if<mls::Proposal>(&opened->content.content)) {
      proposal->write(out);
    } else {
      std::get<mls::Commit>(opened->content.content).write(out);
    }
    check_.same(out.view(), raw_content, field);
    again(*opened, format, field);
    if (opened->content.type() == mls::ContentType::kApplication) clear_fails(*opened);
  }

 private:
  // Application data protected as a PublicMessage: nobody reads it.
  void clear_fails(const mls::AuthenticatedContent& opened) {
    mls::PublicMessage clear{opened.content, opened.auth, Bytes(32)};
    check_.expect(!mls::read_message(mls::encode(mls::Message{clear})), "6.2: in the clear");
  }

  Check& check_;
  mls::Secret membership_key_, sender_data_secret_;
  Bytes signature_pub_;
  mls::GroupContext context_;
};

}  // namespace

void message_protection(Check& check) {
  Protection protection(check);
  for (const char* kind : {"proposal", "commit"}) {
    const Bytes content = check.bytes(kind);
    const std::string name = kind;
    protection.given((name + "_pub").c_str(), mls::WireFormat::kPublicMessage, content);
    protection.given((name + "_priv").c_str(), mls::WireFormat::kPrivateMessage, content);
  }
  protection.given("application_priv", mls::WireFormat::kPrivateMessage,
                   check.bytes("application"));
}

}  // namespace xom::vectors
