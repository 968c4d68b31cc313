// A person with one device, and an authority: the keys of the people in tests, and what they sign.
#pragma once

#include <string>
#include <vector>

#include "protocol/trust/authority.h"
#include "protocol/trust/voucher.h"
#include "tests/support/ws_client.h"

namespace xom::test {

// Now, by the real clock.
[[nodiscard]] TimeMs now_ms();

struct Person {
  crypto::SigningKey account_key;
  crypto::SigningKey device_key;
  Bytes device_list;  // Statement(DEVICE_LIST)

  [[nodiscard]] static Person make();
  [[nodiscard]] AccountKey account() const { return account_key.public_key_as<AccountKey>(); }
  [[nodiscard]] DeviceKey device() const { return device_key.public_key_as<DeviceKey>(); }
};

struct AuthorityPerson {
  crypto::SigningKey key;
  [[nodiscard]] static AuthorityPerson make();
  [[nodiscard]] NodeId id() const { return key.public_key_as<NodeId>(); }
  [[nodiscard]] Bytes root_certificate(const NodeKey& node_key, std::string name) const;
  [[nodiscard]] Bytes unit(std::string id, std::string name) const;
  [[nodiscard]] Bytes appointment(const AccountKey& account, trust::Office office,
                                  std::vector<std::string> units) const;
};

// Statement(DEVICE_LIST) of an account.
[[nodiscard]] Bytes sign_device_list(const crypto::SigningKey& account, std::uint64_t version,
                                     std::vector<DeviceKey> devices);

// Statement(LOGIN) for the challenge of this connection.
[[nodiscard]] Bytes login(const Person& person, const wire::Challenge& challenge);

// A voucher for a group with its one-time key, and what its holder answers.
struct Invited {
  crypto::SigningKey one_time;
  Bytes voucher;
};
[[nodiscard]] Invited invite(const Person& inviter, const LogId& group, TimeMs expires);
[[nodiscard]] Bytes join_request(const Invited& invited, const LogId& group, const Person& joiner,
                                 ByteView key_package);

// Requests, each answered as WsClient::call does.
[[nodiscard]] Result<wire::ServerFrame> submit(WsClient& client, ByteView statement);
[[nodiscard]] Result<wire::ServerFrame> say_hello(WsClient& client, const Person& person);
[[nodiscard]] Result<wire::ServerFrame> register_appointed(WsClient& client, const Person& person);
[[nodiscard]] Result<wire::ServerFrame> register_invited(WsClient& client, const Person& person,
                                                         ByteView voucher, ByteView request);
[[nodiscard]] Result<wire::ServerFrame> ask_to_join(WsClient& client, const Person& person,
                                                    const LogId& group, EntryId entry_id,
                                                    ByteView voucher, ByteView request,
                                                    ByteView key_package);
[[nodiscard]] wire::ClientFrame append_frame(const LogId& group, EntryId entry_id, Epoch epoch,
                                             std::string_view ciphertext);
// All entries after `after`, page by page.
[[nodiscard]] Result<std::vector<wire::Entry>> fetch_all(WsClient& client, const LogId& log,
                                                         Seq after);
[[nodiscard]] Result<wire::ServerFrame> open_log(WsClient& client, const LogId& log);
[[nodiscard]] LogId random_group();

}  // namespace xom::test
