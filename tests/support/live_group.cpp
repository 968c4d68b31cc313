#include "tests/support/live_group.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "protocol/admission/group_policy.h"

namespace xom::test {
namespace {

std::string text(ByteView bytes) { return std::string(text_of(bytes)); }
Bytes copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

template <class T>
Bytes as_message(T value) {
  return mls::encode(mls::Message{std::move(value)});
}

mls::Extensions leaf_extensions(const Person& person, std::optional<ByteView> voucher) {
  admission::LeafFacts facts{person.device_list, std::nullopt};
  if (voucher) facts.voucher = trust::Statement::decode(*voucher)->id();
  return {{static_cast<std::uint16_t>(mls::ExtensionType::kLeafFacts), facts.encode()}};
}

mls::Lifetime lifetime() {
  const auto now = static_cast<std::uint64_t>(raw(now_ms()) / 1000);
  return {now - 3600, now + 3600};
}

mls::KeyPackage inner(ByteView message) {
  return std::get<mls::KeyPackage>(mls::read_message(message).value().value);
}

}  // namespace

Bytes key_package_of(const Person& person, std::optional<ByteView> voucher) {
  mls::KeyPackageOptions options;
  options.identity = copy(person.account().view());
  options.leaf_extensions = leaf_extensions(person, voucher);
  options.lifetime = lifetime();
  return as_message(
      mls::make_key_package(person.device_key, options, crypto::system_random()).key_package);
}

Bytes sealed_message(const LogId& group, Epoch epoch, std::string_view ciphertext) {
  mls::PrivateMessage message;
  message.group_id = copy(group.view());
  message.epoch = epoch;
  message.content_type = mls::ContentType::kApplication;
  message.encrypted_sender_data = Bytes(28, 0x55);
  message.ciphertext = copy(view_of(ciphertext));
  return as_message(std::move(message));
}

LiveGroup::LiveGroup(const Person& creator, const LogId& id, const NodeId& authority,
                     std::string unit)
    : member_(creator), id_(id), unit_(std::move(unit)) {
  admission::GroupRules rules;
  rules.version = 1;
  rules.authority = authority;
  rules.unit = unit_;
  rules.leaders = {creator.account()};
  const AccountKey account = creator.account();
  const mls::FoundOptions options{
      .group_id = id_.view(),
      .identity = account.view(),
      .leaf_extensions = leaf_extensions(creator, std::nullopt),
      .context_extensions = {{static_cast<std::uint16_t>(mls::ExtensionType::kPolicy),
                              rules.encode()}},
      .lifetime = lifetime()};
  state_.emplace(mls::Group::found(options, {creator.device_key, crypto::system_random()}));
}

LiveGroup::LiveGroup(const Person& member, mls::Group state)
    : member_(member),
      id_(LogId::from(state.public_group().context().group_id).value()),
      state_(std::move(state)) {}

void LiveGroup::follow(const wire::ClientFrame& commit) {
  const auto message = mls::read_message(view_of(commit.commit().commit())).value();
  auto processed = state_->process(message, mls::no_psks(), mls::no_policy());
  ASSERT_TRUE(processed.has_value()) << processed.error().message;
  state_ = std::move(processed->next);
}

Bytes LiveGroup::group_info() const { return as_message(state_->group_info(member_.device_key)); }

wire::CreateGroup LiveGroup::create_request() const {
  wire::CreateGroup request;
  request.set_group(text(id_.view()));
  request.set_unit(unit_);
  request.set_group_info(text(group_info()));
  return request;
}

wire::ClientFrame LiveGroup::bundle(EntryId entry_id, mls::CommitOptions options,
                                    const Person* joiner) {
  auto made = state_->commit(options, mls::no_psks(), mls::no_policy(),
                             {member_.device_key, crypto::system_random()});
  EXPECT_TRUE(made.has_value()) << made.error().message;
  wire::ClientFrame frame;
  auto& commit = *frame.mutable_commit();
  commit.set_group(text(id_.view()));
  commit.set_entry_id(raw(entry_id));
  commit.set_commit(text(as_message(made->commit)));
  commit.set_group_info(text(as_message(made->group_info)));
  if (joiner != nullptr) {
    auto& welcome = *commit.add_welcomes();
    welcome.set_device(text(joiner->device().view()));
    welcome.set_account(text(joiner->account().view()));
    welcome.set_welcome(text(as_message(made->welcome.value())));
  }
  pending_.emplace(std::move(made->next));
  return frame;
}

wire::ClientFrame LiveGroup::commit_frame(EntryId entry_id, const Addition& addition,
                                          std::optional<TimeMs> committer_time) {
  const mls::KeyPackage key_package = inner(addition.key_package);
  admission::CommitData data;
  data.committer_time = committer_time.value_or(now_ms());
  if (!addition.voucher.empty()) {
    data.proofs.push_back({addition.voucher, addition.request, {}});
    data.proofs.front().key_package.bytes = key_package.reference().bytes;
  }
  mls::CommitOptions options;
  options.proposals = {mls::Proposal{mls::Add{key_package}}};
  options.authenticated_data = data.encode();
  return bundle(entry_id, std::move(options), addition.joiner);
}

wire::ClientFrame LiveGroup::commit_frame(EntryId entry_id, std::vector<mls::Proposal> proposals) {
  mls::CommitOptions options;
  options.proposals = std::move(proposals);
  admission::CommitData data;
  data.committer_time = now_ms();
  options.authenticated_data = data.encode();
  return bundle(entry_id, std::move(options), nullptr);
}

Reentry reentry(const Person& person, EntryId entry_id, std::optional<ByteView> voucher,
                ByteView group_info, std::optional<mls::LeafIndex> old_leaf) {
  const auto info =
      std::get<mls::GroupInfo>(std::move(mls::read_message(group_info).value().value));
  if (!old_leaf) {
    const auto group = mls::PublicGroup::from_group_info(info, {}).value();
    for (const mls::LeafIndex leaf : group.tree().members()) {
      if (std::ranges::equal(group.tree().leaf(leaf)->signature_key, person.device().view()))
        old_leaf = leaf;
    }
  }
  admission::CommitData data;
  data.committer_time = now_ms();
  const AccountKey account = person.account();
  const mls::Group::External options{.identity = account.view(),
                                     .leaf_extensions = leaf_extensions(person, voucher),
                                     .remove = old_leaf,
                                     .authenticated_data = data.encode()};
  auto joined = mls::Group::join_external(info, options, mls::no_policy(),
                                          {person.device_key, crypto::system_random()});
  EXPECT_TRUE(joined.has_value()) << joined.error().message;
  Reentry made{{}, LiveGroup(person, std::move(joined->next))};
  auto& commit = *made.frame.mutable_commit();
  commit.set_group(text(made.group.id().view()));
  commit.set_entry_id(raw(entry_id));
  commit.set_commit(text(as_message(joined->commit)));
  commit.set_group_info(text(as_message(joined->group_info)));
  return made;
}

trust::Refusal refusal_of(const wire::ClientFrame& commit, Epoch epoch) {
  trust::Refusal refusal;
  refusal.group = LogId::from(view_of(commit.commit().group())).value();
  refusal.epoch = epoch;
  refusal.commit = crypto::sha256(view_of(commit.commit().commit()));
  return refusal;
}

wire::ClientFrame refuse_frame(const Person& person, EntryId entry_id,
                               const trust::Refusal& refusal) {
  wire::ClientFrame frame;
  auto& request = *frame.mutable_refuse();
  request.set_group(text(refusal.group.view()));
  request.set_entry_id(raw(entry_id));
  request.set_refusal(text(trust::sign_value(refusal, person.device_key)));
  return frame;
}

Result<wire::ServerFrame> create_group(WsClient& client, const LiveGroup& group) {
  wire::ClientFrame frame;
  *frame.mutable_create_group() = group.create_request();
  return client.call(std::move(frame));
}

}  // namespace xom::test
