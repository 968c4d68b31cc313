#include "tests/walks/client.h"

#include <algorithm>

namespace xom::walks {

namespace {

constexpr std::size_t kPastEpochs = 4;  // kept for late messages
constexpr mls::Lifetime kLifetime{1'700'000'000, 1'700'000'000 + 30ULL * 24 * 3600};

}  // namespace

void require(bool good, const std::string& what) {
  if (!good) throw Broken(what);
}

mls::Proposal Psks::learn(test::SeededRandom& random) {
  mls::PreSharedKeyId id;
  id.id.resize(16);
  random.fill(id.id);
  id.nonce.resize(32);
  random.fill(id.nonce);
  crypto::SecretBytes value(32);
  random.fill(value.mutable_view());
  known_[id.id] = std::make_shared<const crypto::SecretBytes>(std::move(value));
  return {mls::PreSharedKey{id}};
}

std::shared_ptr<const crypto::SecretBytes> Psks::find(const mls::PreSharedKeyId& id) const {
  const auto found = known_.find(id.id);
  return found == known_.end() ? nullptr : found->second;
}

Client::Client(std::uint32_t number, Surroundings& around)
    : around_(around), key_(crypto::SigningKey::generate(around.random)), identity_(32) {
  for (std::size_t i = 0; i < 4; ++i) identity_[i] = static_cast<std::uint8_t>(number >> 8 * i);
}

mls::NewKeyPackage Client::make_package() {
  mls::KeyPackageOptions options;
  options.identity = identity_;
  options.lifetime = kLifetime;
  return mls::make_key_package(key_, options, around_.random);
}

void Client::invite(mls::NewKeyPackage package, mls::Welcome welcome) {
  package_ = std::move(package);
  welcome_ = std::move(welcome);
}

void Client::queue_handshake(std::shared_ptr<const mls::Message> message) {
  handshakes_.push_back(std::move(message));
}

void Client::join() {
  adopt(
      value_of(mls::Group::join(*welcome_, package_->key_package, package_->secrets, around_.psks),
               "a newcomer cannot join"));
  welcome_.reset();
  package_.reset();
}

bool Client::catch_up(std::size_t most) {
  if (welcome_) join();
  for (; most > 0 && !handshakes_.empty() && group_; --most) {
    const auto message = std::move(handshakes_.front());
    handshakes_.pop_front();
    auto processed = value_of(group_->process(*message, around_.psks, mls::no_policy()),
                              "a member cannot follow");
    if (processed.next) {
      adopt(std::move(*processed.next));
      continue;
    }
    require(handshakes_.empty(), "a removed member was sent more");
    read_all();
    last_ = std::move(group_);
    forget();
    return true;
  }
  return false;
}

void Client::adopt(mls::Group next) {
  if (group_ && group_->epoch() != next.epoch()) {
    past_.emplace(group_->epoch(), std::move(*group_));
    while (past_.size() > kPastEpochs) {
      read_epoch(past_.begin()->first);
      past_.erase(past_.begin());
    }
  }
  for (mls::Record& record : next.records(stored_ ? &*stored_ : nullptr)) {
    if (record.value.empty()) {
      store_.erase(record.key);
    } else {
      store_[record.key] = std::move(record.value);
    }
  }
  stored_ = next;
  group_ = std::move(next);
  check_facts();
}

void Client::check_facts() const {
  const auto known = around_.epochs.find(group_->epoch());
  require(known != around_.epochs.end(), "a member is in an epoch that nobody made");
  require(std::ranges::equal(known->second.authenticator, group_->epoch_authenticator()),
          "two members of one epoch have different authenticators");
  require(known->second.context == group_->public_group().context(),
          "a member's context is not what can be seen from outside");
  const auto* leaf = group_->public_group().tree().leaf(group_->self());
  require(leaf && leaf->credential.identity == identity_, "a member sits on another's leaf");
}

void Client::reload() {
  std::vector<mls::Record> records;
  for (const auto& [key, value] : store_) records.push_back({key, value.clone()});
  const auto full = group_->records();
  require(full.size() == store_.size(), "the store holds other records than the state has");
  for (const mls::Record& record : full) {
    const auto found = store_.find(record.key);
    require(found != store_.end() && std::ranges::equal(found->second.view(), record.value.view()),
            "a record was not written when it changed");
  }
  group_ = value_of(mls::Group::load(records), "a stored state cannot be loaded");
  stored_ = *group_;
  check_facts();
}

std::size_t Client::forget() {
  const std::size_t lost = unread_.size();
  group_.reset();
  stored_.reset();
  store_.clear();
  past_.clear();
  handshakes_.clear();
  unread_.clear();
  welcome_.reset();
  package_.reset();
  return lost;
}

mls::Group* Client::state_of(Epoch epoch) {
  if (group_ && group_->epoch() == epoch) return &*group_;
  const auto past = past_.find(epoch);
  return past == past_.end() ? nullptr : &past->second;
}

void Client::read(const Told& told) {
  mls::Group& state = *state_of(told.message.epoch);
  mls::Group::Decrypted got;
  if (&state == &*group_) {
    got = value_of(state.decrypt(told.message), "a member cannot read");
    adopt(std::move(*got.next));
  } else {
    got = value_of(state.decrypt_in_place(told.message), "a member cannot read a late message");
  }
  require(std::ranges::equal(got.plaintext.view(), told.text), "a message reads differently");
  require(got.sender == told.sender, "a message names another sender");
  require(!state_of(told.message.epoch)->decrypt(told.message), "a message is read twice");
  ++around_.read;
}

void Client::read_some(std::size_t most) {
  for (std::size_t tries = unread_.size(); most > 0 && tries > 0 && group_; --tries) {
    const std::size_t at = around_.random.pick(unread_.size());
    const auto told = unread_[at];
    if (!state_of(told->message.epoch)) {
      require(group_->decrypt(told->message).error().code == ErrorCode::kUnavailable,
              "a message of an epoch to come is not held back");
      continue;
    }
    unread_.erase(unread_.begin() + static_cast<std::ptrdiff_t>(at));
    read(*told);
    --most;
  }
}

void Client::read_epoch(Epoch epoch) {
  std::vector<std::shared_ptr<const Told>> due;
  std::erase_if(unread_, [&](const auto& told) {
    const bool now = told->message.epoch == epoch;
    if (now) due.push_back(told);
    return now;
  });
  for (const auto& told : due) {
    // Not by way of read(): the value is about to go, and the present state is not looked at.
    auto got = value_of(past_.at(epoch).decrypt_in_place(told->message),
                        "a member cannot read a message of an epoch that ends");
    require(std::ranges::equal(got.plaintext.view(), told->text) && got.sender == told->sender,
            "a late message reads differently");
    ++around_.read;
  }
}

void Client::read_all() {
  while (!unread_.empty()) {
    const auto told = unread_.back();
    unread_.pop_back();
    require(state_of(told->message.epoch) != nullptr, "a member has no state for a message");
    read(*told);
  }
}

}  // namespace xom::walks
