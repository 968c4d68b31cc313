// RFC 9420, section 11 and 12: a member's state of a group, a value. Every operation leaves the
// state it was called on as it was, and gives the next one: the loser of an epoch goes on from the
// old state, and late messages of an epoch are opened with the value of that epoch for as long as
// the caller keeps it. Secrets are wiped with the last value that holds them.
// The device's signing key is no part of the state: it is handed to what signs.
#pragma once

#include "protocol/mls/key_schedule.h"
#include "protocol/mls/public_group.h"
#include "protocol/mls/secret_tree.h"
#include "protocol/mls/tree_kem.h"

namespace xom::mls {

// Where pre-shared keys come from; null: unknown (the operation fails with kNotFound).
class PskSource {
 public:
  virtual ~PskSource() = default;
  [[nodiscard]] virtual std::shared_ptr<const crypto::SecretBytes> find(
      const PreSharedKeyId& id) const = 0;
};
[[nodiscard]] const PskSource& no_psks();

struct Signed {
  const crypto::SigningKey& signer;  // of the leaf
  crypto::Random& random;
};

struct FoundOptions {
  ByteView group_id;
  ByteView identity;
  Extensions leaf_extensions;
  Extensions context_extensions;
  Lifetime lifetime;
};

struct CommitOptions {
  std::vector<Proposal> proposals;  // by value
  bool include_pending = false;     // and by reference what others proposed in this epoch
  bool force_path = false;          // a path also where 12.4 does not demand one
  Bytes authenticated_data;
  // Fills a new leaf's extensions when the path renews it; unset: they stay.
  std::optional<Extensions> leaf_extensions;
};

class Group {
 public:
  struct Made;       // by commit()
  struct Joined;     // by join_external()
  struct Proposed;   // by propose()
  struct Encrypted;  // by encrypt()
  struct Decrypted;  // by decrypt()
  struct Processed;  // by process()

  [[nodiscard]] static Group found(const FoundOptions& options, Signed by);

  // 12.4.3.1. kNotFound: the Welcome is for others (or a PSK is unknown); kBadSignature,
  // kMalformed. `separate_tree`: where the GroupInfo carries none.
  [[nodiscard]] static Result<Group> join(const Welcome& welcome, const KeyPackage& key_package,
                                          const KeyPackageSecrets& secrets, const PskSource& psks,
                                          const Bytes* separate_tree = nullptr);
  // 12.4.3.2: enters by a commit of one's own. `remove`: the own old leaf.
  struct External {
    ByteView identity;
    Extensions leaf_extensions;
    std::optional<LeafIndex> remove;
    Bytes authenticated_data;
  };
  [[nodiscard]] static Result<Joined> join_external(const GroupInfo& info, const External& options,
                                                    const Policy& policy, Signed by,
                                                    const Bytes* separate_tree = nullptr);

  [[nodiscard]] const PublicGroup& public_group() const { return public_; }
  [[nodiscard]] Epoch epoch() const { return public_.epoch(); }
  [[nodiscard]] LeafIndex self() const { return private_keys_.self; }
  // Equal for all members of an epoch (8.7).
  [[nodiscard]] ByteView epoch_authenticator() const;
  [[nodiscard]] crypto::SecretBytes export_secret(std::string_view label, ByteView context,
                                                  std::size_t length) const;
  [[nodiscard]] std::shared_ptr<const crypto::SecretBytes> resumption_psk() const;
  // Of the present epoch, signed by this member, with ratchet_tree and external_pub.
  [[nodiscard]] GroupInfo group_info(const crypto::SigningKey& signer) const;

  // An Update's leaf gets a fresh key, the source kUpdate and its signature here; credential,
  // capabilities and extensions are the caller's. kNotPermitted: a ReInit ended the group.
  [[nodiscard]] Result<Proposed> propose(Proposal proposal, ByteView authenticated_data,
                                         Signed by) const;
  // The policy judges the own commit too: what others would refuse is never sent.
  [[nodiscard]] Result<Made> commit(const CommitOptions& options, const PskSource& psks,
                                    const Policy& policy, Signed by) const;

  // Application data as a PrivateMessage. kConflict: proposals are pending, a commit goes first
  // (12.4); kNotPermitted: a ReInit ended the group.
  [[nodiscard]] Result<Encrypted> encrypt(ByteView plaintext, ByteView authenticated_data,
                                          Signed by) const;
  // Errors: check_epoch()'s, unprotect_private()'s, kBadSignature; an own message is kNotFound
  // (its key was used up by encrypt()), or kNotPermitted on a state from before it.
  [[nodiscard]] Result<Decrypted> decrypt(const PrivateMessage& message) const;
  // In place, for pages of messages: the same, without a copy of the state for each.
  [[nodiscard]] Result<Decrypted> decrypt_in_place(const PrivateMessage& message);

  // A handshake message (public or private): a proposal is remembered, a commit gives the next
  // epoch. kNotPermitted: the own commit (the caller holds its `Made`).
  [[nodiscard]] Result<Processed> process(const Message& message, const PskSource& psks,
                                          const Policy& policy) const;

  // All records, or those that differ from `before` (and deletions).
  [[nodiscard]] std::vector<Record> records(const Group* before = nullptr) const;
  [[nodiscard]] static Result<Group> load(const std::vector<Record>& records);

 private:
  Group() = default;
  friend class GroupBuilder;
  PublicGroup public_;
  TreePrivateKeys private_keys_;
  std::shared_ptr<const EpochSecrets> secrets_;
  SecretTree secret_tree_;
  // Own Update proposals of this epoch: the private key of each new leaf, by its encryption key.
  std::map<Bytes, std::shared_ptr<const Secret>> own_updates_;
};

struct Group::Made {
  Group next;  // to be used only when the commit was accepted
  PublicMessage commit;
  GroupInfo group_info;            // of the new epoch
  std::optional<Welcome> welcome;  // with Adds
};
struct Group::Joined {
  Group next;
  PublicMessage commit;
  GroupInfo group_info;
};
struct Group::Proposed {
  Group next;
  PublicMessage message;
};
struct Group::Encrypted {
  Group next;
  PrivateMessage message;
};
struct Group::Decrypted {
  std::optional<Group> next;  // unset after decrypt_in_place()
  LeafIndex sender{0};
  crypto::SecretBytes plaintext;
  Bytes authenticated_data;
};
struct Group::Processed {
  std::optional<Group> next;           // unset: this member was removed
  std::optional<StagedCommit> commit;  // unset: it was a proposal
};

}  // namespace xom::mls
