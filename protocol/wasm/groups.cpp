// Groups (RFC 9420): a handle is one value of a member's state. What changes a state gives a new
// handle and leaves the old one as it was; the host frees each. Signing keys are those of keys.cpp.
#include "protocol/wasm/groups.h"

#include <algorithm>
#include <memory>

#include "protocol/admission/group_policy.h"
#include "protocol/admission/reentry.h"
#include "protocol/mls/limits.h"
#include "protocol/mls/tree_validation.h"
#include "protocol/wasm/group_answers.h"

namespace xom::wasm {

using namespace mls;
using crypto::SigningKey;

namespace {

constexpr std::size_t kMaxPage = 1024;        // messages
constexpr std::size_t kMaxFollowed = 4096;    // commits that a lost state lies behind
constexpr std::size_t kMaxExport = 255 * 32;  // bytes
constexpr std::size_t kMaxIdentity = 64;      // bytes of an account's key, and more
constexpr std::size_t kSecretSize = 32;       // of each private key of a KeyPackage

const Policy& policy() {
  static const admission::GroupPolicy xom;
  return xom;
}

Extensions facts_extension(ByteView facts) {
  if (facts.empty()) return {};
  return {
      {static_cast<std::uint16_t>(ExtensionType::kLeafFacts), Bytes(facts.begin(), facts.end())}};
}

Extensions with(Extensions extensions, ExtensionType type, ByteView data) {
  const auto number = static_cast<std::uint16_t>(type);
  std::erase_if(extensions, [&](const Extension& e) { return e.type == number; });
  extensions.push_back({number, Bytes(data.begin(), data.end())});
  return extensions;
}

// All of Xóm's groups carry the policy, and every leaf its facts (RULES).
Extensions first_context(ByteView policy) {
  RequiredCapabilities required;
  required.extensions = {static_cast<std::uint16_t>(ExtensionType::kLeafFacts),
                         static_cast<std::uint16_t>(ExtensionType::kPolicy)};
  required.credentials = {static_cast<std::uint16_t>(CredentialType::kBasic)};
  return {
      {static_cast<std::uint16_t>(ExtensionType::kRequiredCapabilities), encode(required)},
      {static_cast<std::uint16_t>(ExtensionType::kPolicy), Bytes(policy.begin(), policy.end())}};
}

// core.LeafRequest.
struct LeafRequest {
  ByteView identity;
  ByteView facts;
  Lifetime lifetime;

  [[nodiscard]] static Result<LeafRequest> decode(ByteView bytes) {
    codec::Reader in(bytes);
    LeafRequest request;
    request.identity = in.bytes(1, kMaxIdentity);
    request.facts = in.bytes(2, kMaxField);
    request.lifetime.not_before = in.u64(3);
    request.lifetime.not_after = in.u64(4);
    if (auto done = in.finish(); !done) return std::unexpected(done.error());
    return request;
  }
};

std::vector<LeafIndex> read_leaves(codec::Reader& in, std::uint32_t field) {
  std::vector<LeafIndex> leaves;
  while (const auto element = in.element(field, kMaxField)) {
    codec::Reader one(*element);
    leaves.push_back(LeafIndex{one.u32(1)});
    if (!one.finish()) in.refuse(ErrorCode::kMalformed, "leaf of a request");
  }
  return leaves;
}

Signed signed_by(const SigningKey& key) { return {key, crypto::system_random()}; }

}  // namespace

Result<CommitOptions> read_commit(const Group& group, ByteView bytes) {
  codec::Reader in(bytes);
  CommitOptions options;
  for (const ByteView added : in.bytes_list(1, kMaxCommitProposals, kMaxMessageBytes)) {
    auto key_package = read_as<KeyPackage>(added);
    if (!key_package) return std::unexpected(key_package.error());
    options.proposals.push_back({Add{std::move(*key_package)}});
  }
  for (const LeafIndex removed : read_leaves(in, 2)) options.proposals.push_back({Remove{removed}});
  options.force_path = in.boolean(3);
  const ByteView data = in.bytes(4, kMaxMessageBytes);
  options.authenticated_data = Bytes(data.begin(), data.end());
  const PublicGroup& now = group.public_group();
  if (const ByteView rules = in.bytes(5, kMaxField); !rules.empty()) {
    options.proposals.push_back(
        {GroupContextExtensions{with(now.context().extensions, ExtensionType::kPolicy, rules)}});
  }
  if (const ByteView facts = in.bytes(6, kMaxField); !facts.empty()) {
    options.leaf_extensions =
        with(now.tree().leaf(group.self())->extensions, ExtensionType::kLeafFacts, facts);
  }
  if (auto done = in.finish(); !done) return std::unexpected(done.error());
  return options;
}

Bytes encode_commit(PublicMessage commit, GroupInfo info, std::optional<Welcome> welcome) {
  codec::Writer out;
  out.bytes(1, write_message(std::move(commit))).bytes(2, write_message(std::move(info)));
  if (welcome) out.bytes(3, write_message(std::move(*welcome)));
  return out.take();
}

Answer* commit(const Group& group, const SigningKey& key, ByteView request, const Policy& policy) {
  const auto options = read_commit(group, request);
  if (!options) return give_error(options.error());
  auto made = group.commit(*options, no_psks(), policy, signed_by(key));
  if (!made) return give_error(made.error());
  const Bytes value =
      encode_commit(std::move(made->commit), std::move(made->group_info), std::move(made->welcome));
  return give(ByteView{value}, handle_of(std::move(made->next)));
}

Answer* process(const Group& group, ByteView message, const Policy& policy) {
  const auto read = read_message(message);
  if (!read) return give_error(read.error());
  auto processed = group.process(*read, no_psks(), policy);
  if (!processed) return give_error(processed.error());
  const Bytes value = processed->commit ? encode_processed(group.public_group(), *processed->commit)
                                        : codec::Writer{}.boolean(1, true).take();
  return give(ByteView{value}, processed->next ? handle_of(std::move(*processed->next)) : 0);
}

Answer* reenter(const Group* base, ByteView group_info, const SigningKey& key, ByteView request,
                const Policy& policy) {
  const auto info = read_as<GroupInfo>(group_info);
  if (!info) return give_error(info.error());
  codec::Reader in(request);
  admission::Reentry reentry;
  if (base != nullptr) reentry.base = &base->public_group();
  reentry.identity = in.bytes(1, kMaxIdentity);
  reentry.leaf_extensions = facts_extension(in.bytes(2, kMaxField));
  const ByteView data = in.bytes(3, kMaxMessageBytes);
  reentry.authenticated_data = Bytes(data.begin(), data.end());
  const auto commits = in.bytes_list(4, kMaxFollowed, kMaxMessageBytes);
  reentry.commits = commits;
  if (auto done = in.finish(); !done) return give_error(done.error());
  auto joined = admission::reenter(*info, reentry, policy, signed_by(key));
  if (!joined) return give_error(joined.error());
  const Bytes value = encode_commit(std::move(joined->commit), std::move(joined->group_info), {});
  return give(ByteView{value}, handle_of(std::move(joined->next)));
}

// core.NewKeyPackage of a core.LeafRequest.
XOM_EXPORT(xom_key_package_make)
Answer* xom_key_package_make(const SigningKey* key, const std::uint8_t* request, std::size_t size) {
  const auto leaf = LeafRequest::decode(in(request, size));
  if (!leaf) return give_error(leaf.error());
  KeyPackageOptions options;
  options.identity = Bytes(leaf->identity.begin(), leaf->identity.end());
  options.leaf_extensions = facts_extension(leaf->facts);
  options.lifetime = leaf->lifetime;
  NewKeyPackage made = make_key_package(*key, options, crypto::system_random());
  crypto::SecretBytes secret(2 * kSecretSize);
  const ByteView halves[] = {made.secrets.init_key.view(), made.secrets.encryption_key.view()};
  std::ranges::copy(halves[0], secret.mutable_view().begin());
  std::ranges::copy(halves[1], secret.mutable_view().begin() + kSecretSize);
  const Hash ref = made.key_package.reference();
  const Bytes message = write_message(std::move(made.key_package));
  return give_secret(codec::Writer(message.size() + 160)
                         .bytes(1, message)
                         .fixed(2, ref)
                         .bytes(3, secret.view())
                         .take());
}

// core.AddedLeaf of an MLSMessage(KeyPackage) whose signatures are right (10.1).
XOM_EXPORT(xom_key_package_read)
Answer* xom_key_package_read(const std::uint8_t* message, std::size_t size) {
  const auto key_package = read_as<KeyPackage>(in(message, size));
  if (!key_package) return give_error(key_package.error());
  if (auto good = key_package->check(); !good) return give_error(good.error());
  return give(ByteView{encode_added(LeafIndex{0}, *key_package)});
}

// A group of one, of a core.LeafRequest and the group's group.Policy; detail: handle.
XOM_EXPORT(xom_group_found)
Answer* xom_group_found(const SigningKey* key, const std::uint8_t* id, std::size_t id_size,
                        const std::uint8_t* request, std::size_t request_size,
                        const std::uint8_t* rules, std::size_t rules_size) {
  const auto leaf = LeafRequest::decode(in(request, request_size));
  if (!leaf) return give_error(leaf.error());
  const FoundOptions options{in(id, id_size), leaf->identity, facts_extension(leaf->facts),
                             first_context(in(rules, rules_size)), leaf->lifetime};
  return give_handle(Group::found(options, signed_by(*key)));
}

// By an MLSMessage(Welcome) and what xom_key_package_make gave; detail: handle.
XOM_EXPORT(xom_group_join)
Answer* xom_group_join(const std::uint8_t* welcome, std::size_t welcome_size,
                       const std::uint8_t* key_package, std::size_t key_package_size,
                       const std::uint8_t* secret, std::size_t secret_size) {
  const auto message = read_as<Welcome>(in(welcome, welcome_size));
  if (!message) return give_error(message.error());
  const auto own = read_as<KeyPackage>(in(key_package, key_package_size));
  if (!own) return give_error(own.error());
  const ByteView keys = in(secret, secret_size);
  if (keys.size() != 2 * kSecretSize) {
    return give_error(Error{ErrorCode::kMalformed, "private keys of a KeyPackage"});
  }
  const KeyPackageSecrets secrets{Secret(keys.first(kSecretSize)),
                                  Secret(keys.subspan(kSecretSize))};
  auto group = Group::join(*message, *own, secrets, no_psks());
  return group ? give_handle(std::move(*group)) : give_error(group.error());
}

// base: a state, or 0.
XOM_EXPORT(xom_group_reenter)
Answer* xom_group_reenter(const Group* base, const std::uint8_t* group_info,
                          std::size_t group_info_size, const SigningKey* key,
                          const std::uint8_t* request, std::size_t request_size) {
  return reenter(base, in(group_info, group_info_size), *key, in(request, request_size), policy());
}

XOM_EXPORT(xom_group_commit)
Answer* xom_group_commit(const Group* group, const SigningKey* key, const std::uint8_t* request,
                         std::size_t size) {
  return commit(*group, *key, in(request, size), policy());
}

XOM_EXPORT(xom_group_process)
Answer* xom_group_process(const Group* group, const std::uint8_t* message, std::size_t size) {
  return process(*group, in(message, size), policy());
}

// MLSMessage(PrivateMessage); detail: handle of the state that follows, to be stored before the
// message leaves.
XOM_EXPORT(xom_group_encrypt)
Answer* xom_group_encrypt(const Group* group, const SigningKey* key, const std::uint8_t* plaintext,
                          std::size_t size, const std::uint8_t* data, std::size_t data_size) {
  auto encrypted = group->encrypt(in(plaintext, size), in(data, data_size), signed_by(*key));
  if (!encrypted) return give_error(encrypted.error());
  const Bytes message = write_message(std::move(encrypted->message));
  return give(ByteView{message}, handle_of(std::move(encrypted->next)));
}

// core.OpenedPage of a core.MessagePage: one result for each message, up to the first that is a
// handshake (the host processes it and goes on with a new page); detail: handle of the state that
// follows.
XOM_EXPORT(xom_group_decrypt_page)
Answer* xom_group_decrypt_page(const Group* group, const std::uint8_t* page, std::size_t size) {
  codec::Reader reader(in(page, size));
  const auto messages = reader.bytes_list(1, kMaxPage, kMaxMessageBytes);
  if (auto done = reader.finish(); !done) return give_error(done.error());
  Group next = *group;
  codec::Writer out(2 * size);
  for (const ByteView bytes : messages) {
    const auto message = read_as<PrivateMessage>(bytes);
    const bool handshake = message ? message->content_type != ContentType::kApplication
                                   : read_as<PublicMessage>(bytes).has_value();
    if (handshake) break;
    auto opened = message ? next.decrypt_in_place(*message)
                          : Result<Group::Decrypted>(std::unexpected(message.error()));
    if (!opened) {
      const Error& error = opened.error();
      out.element(1, codec::Writer{}
                         .enumeration(1, error.code)
                         .text(2, error.message)
                         .u64(3, error.detail)
                         .take());
      continue;
    }
    const ByteView plaintext = opened->plaintext.view();
    const ByteView data = opened->authenticated_data;
    Bytes one = codec::Writer(plaintext.size() + data.size() + 32)
                    .u64(4, raw(opened->sender))
                    .bytes(5, plaintext)
                    .bytes(6, data)
                    .take();
    out.element(1, one);
    wipe(one);
  }
  return give_secret(out.take(), handle_of(std::move(next)));
}

// core.GroupStanding.
XOM_EXPORT(xom_group_standing) Answer* xom_group_standing(const Group* group) {
  return give(ByteView{encode_standing(*group)});
}

// core.GroupLeaves, ascending.
XOM_EXPORT(xom_group_members) Answer* xom_group_members(const Group* group) {
  return give(ByteView{encode_leaves(group->public_group().tree())});
}

// MLSMessage(GroupInfo) with tree and external_pub, signed by this member.
XOM_EXPORT(xom_group_info)
Answer* xom_group_info(const Group* group, const SigningKey* key) {
  return give(ByteView{write_message(group->group_info(*key))});
}

XOM_EXPORT(xom_group_authenticator) Answer* xom_group_authenticator(const Group* group) {
  return give(group->epoch_authenticator());
}

// 8.5; at most 8,160 bytes.
XOM_EXPORT(xom_group_export)
Answer* xom_group_export(const Group* group, const std::uint8_t* label, std::size_t label_size,
                         const std::uint8_t* context, std::size_t context_size,
                         std::uint32_t length) {
  if (length > kMaxExport) return give_error(Error{ErrorCode::kTooLarge, "8.5: length"});
  return give(
      group->export_secret(text_of(in(label, label_size)), in(context, context_size), length)
          .view());
}

// core.StateRecords: all, or what differs from the state `before` (0: none).
XOM_EXPORT(xom_group_records)
Answer* xom_group_records(const Group* group, const Group* before) {
  return give_secret(encode_records(group->records(before)));
}

// Of all records; detail: handle.
XOM_EXPORT(xom_group_load) Answer* xom_group_load(const std::uint8_t* records, std::size_t size) {
  const auto read = decode_records(in(records, size));
  if (!read) return give_error(read.error());
  auto group = Group::load(*read);
  return group ? give_handle(std::move(*group)) : give_error(group.error());
}

// Wipes what only this value holds, and ends the handle.
XOM_EXPORT(xom_group_free) void xom_group_free(Group* group) {
  const std::unique_ptr<Group> end(group);
}

}  // namespace xom::wasm
