// A group as its signing keys can make it, for tests of what a public group lets pass: honest
// commits, and such as no honest client would make. Tags and path ciphertexts are of the right
// size only.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "protocol/mls/public_group.h"
#include "tests/support/seeded_random.h"

namespace xom::mls::testing {

struct Person {
  crypto::SigningKey signer;
  Bytes identity;
};

// What a commit is made of.
struct CommitDraft {
  std::vector<ProposalOrRef> proposals;
  bool path = true;
  Bytes authenticated_data;
  // Before the leaf is signed; before the content is signed; after all of it.
  std::function<void(LeafNode&)> change_leaf;
  std::function<void(UpdatePath&)> change_path;
  std::function<void(AuthenticatedContent&)> change_signed;
};

class MlsWorld {
 public:
  // Members 0 … size - 1, in as many leaves, and a commit with a path by each of the first
  // `committers`.
  explicit MlsWorld(std::uint32_t size, std::uint32_t committers = 1,
                    std::uint64_t seed = 20260101);

  [[nodiscard]] const PublicGroup& group() const { return group_; }
  void set_group(PublicGroup group) { group_ = std::move(group); }
  [[nodiscard]] const Person& person(std::uint32_t number);  // made at the first call
  [[nodiscard]] test::SeededRandom& random() { return random_; }

  [[nodiscard]] KeyPackage key_package(std::uint32_t person);
  [[nodiscard]] Proposal add(std::uint32_t person) { return {Add{key_package(person)}}; }
  // For the leaf with the number of the person.
  [[nodiscard]] Proposal update(std::uint32_t person);
  [[nodiscard]] static Proposal remove(std::uint32_t leaf) { return {Remove{LeafIndex{leaf}}}; }
  [[nodiscard]] Proposal psk();
  [[nodiscard]] static Proposal external_init() { return {ExternalInit{Bytes(32, 7)}}; }
  [[nodiscard]] Bytes encryption_key();  // a fresh one

  // A message by a member, signed.
  [[nodiscard]] AuthenticatedContent proposal(std::uint32_t member, Proposal proposal);
  [[nodiscard]] AuthenticatedContent sign(const Sender& sender, const crypto::SigningKey& signer,
                                          std::variant<ApplicationData, Proposal, Commit> content);
  // Remembers a member's proposal, and gives its reference.
  [[nodiscard]] ProposalOrRef propose(std::uint32_t member, Proposal proposal);

  [[nodiscard]] AuthenticatedContent commit(std::uint32_t member, const CommitDraft& draft);
  [[nodiscard]] AuthenticatedContent external_commit(std::uint32_t person,
                                                     const CommitDraft& draft);
  [[nodiscard]] Result<StagedCommit> stage(const AuthenticatedContent& content) const {
    return group_.stage(content, no_policy());
  }
  // The staged commit becomes the group.
  void accept(const Result<StagedCommit>& staged);
  // Of `group`, by a member.
  [[nodiscard]] GroupInfo group_info(const PublicGroup& group, std::uint32_t signer);

 private:
  [[nodiscard]] LeafNode leaf(std::uint32_t person, LeafNodeSource source);
  [[nodiscard]] UpdatePath make_path(std::uint32_t person, const Sender& sender,
                                     const CommitDraft& draft);
  [[nodiscard]] AuthenticatedContent make_commit(std::uint32_t person, const Sender& sender,
                                                 const CommitDraft& draft);

  test::SeededRandom random_;
  std::map<std::uint32_t, Person> people_;
  PublicGroup group_;
};

// "" if all went well, else the message of the error.
template <class T>
[[nodiscard]] std::string outcome(const Result<T>& result) {
  return result ? std::string() : result.error().message;
}

}  // namespace xom::mls::testing
