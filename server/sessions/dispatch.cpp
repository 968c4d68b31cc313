#include "server/sessions/dispatch.h"

#include "protocol/trust/log_ids.h"
#include "server/text.h"

namespace xom::server {

using storage::Awaitable;
using wire::ClientFrame;
using wire::ServerFrame;

namespace {

constexpr std::uint32_t kVersion = 1;

Result<ServerFrame> done(const Result<void>& result) {
  if (!result) return std::unexpected(result.error());
  ServerFrame frame;
  frame.mutable_done();
  return frame;
}

Result<ServerFrame> appended(const Result<storage::Appended>& result) {
  if (!result) return std::unexpected(result.error());
  ServerFrame frame;
  wire::Appended& answer = *frame.mutable_appended();
  answer.set_log(string_of(result->log.view()));
  answer.set_seq(raw(result->seq));
  answer.set_header(string_of(result->header));
  return frame;
}

}  // namespace

ServerFrame Dispatch::challenge(const Peer& peer) const {
  ServerFrame frame;
  wire::Challenge& challenge = *frame.mutable_challenge();
  challenge.set_version(kVersion);
  challenge.set_nonce(string_of(peer.challenge.view()));
  challenge.set_node_key(string_of(services_.node_key.view()));
  challenge.set_node_id(string_of(services_.node_id.view()));
  challenge.set_time(raw(services_.clock.now()));
  return frame;
}

Awaitable<Result<ServerFrame>> Dispatch::handle(Peer& peer, Subscriber& subscriber,
                                                ClientFrame frame) {
  switch (frame.request_case()) {
    case ClientFrame::kHello: {
      auto answer = co_await hello(peer, frame.hello());
      co_return answer;
    }
    case ClientFrame::kRegister: {
      auto answer = co_await enter(peer, frame.register_());
      co_return answer;
    }
    case ClientFrame::kPublishKeyPackages:
    case ClientFrame::kClaimKeyPackage: {
      auto answer = co_await key_packages(peer, frame);
      co_return answer;
    }
    case ClientFrame::kCreateGroup:
    case ClientFrame::kAppend:
    case ClientFrame::kCommit:
    case ClientFrame::kJoin:
    case ClientFrame::kRefuse:
    case ClientFrame::kGetGroupInfo: {
      auto answer = co_await group(peer, frame);
      co_return answer;
    }
    case ClientFrame::kOpen:
    case ClientFrame::kFetch:
    case ClientFrame::kRestore:
    case ClientFrame::kClose: {
      auto answer = co_await read(peer, subscriber, frame);
      co_return answer;
    }
    case ClientFrame::kSubmit: {
      auto answer = co_await submit(frame.submit());
      co_return answer;
    }
    default: {
      auto answer = co_await about(peer, frame);
      co_return answer;
    }
  }
}

Dispatch::Answer Dispatch::hello(Peer& peer, const wire::Hello& request) {
  if (request.version() != kVersion)
    co_return fail(ErrorCode::kUnsupportedVersion, "this node speaks version 1", kVersion);
  Bytes login = bytes_of(request.login());
  auto caller = co_await services_.accounts.log_in(std::move(login), peer.challenge);
  auto answer = co_await welcomed(peer, std::move(caller));
  co_return answer;
}

Dispatch::Answer Dispatch::enter(Peer& peer, const wire::Register& request) {
  wire::Register copy = request;
  auto caller = co_await services_.accounts.enter(std::move(copy), peer.challenge);
  auto answer = co_await welcomed(peer, std::move(caller));
  co_return answer;
}

Dispatch::Answer Dispatch::welcomed(Peer& peer, Result<Caller> caller) {
  if (!caller) co_return std::unexpected(caller.error());
  if (peer.caller && peer.caller->device != caller->device)
    co_return fail(ErrorCode::kNotPermitted, "another device is logged in on this connection");
  auto count = co_await services_.key_packages.count(caller->device);
  if (!count) co_return std::unexpected(count.error());
  peer.caller = *caller;
  ServerFrame frame;
  wire::Welcomed& welcomed = *frame.mutable_welcomed();
  welcomed.set_account(string_of(caller->account.view()));
  welcomed.set_device(string_of(caller->device.view()));
  welcomed.set_inbox(string_of(trust::inbox_log(caller->device).view()));
  welcomed.set_key_packages(*count);
  co_return frame;
}

Dispatch::Answer Dispatch::key_packages(const Peer& peer, const ClientFrame& frame) {
  if (!peer.caller) co_return fail(ErrorCode::kUnauthenticated, "log in first");
  if (frame.has_publish_key_packages()) {
    wire::PublishKeyPackages request = frame.publish_key_packages();
    auto published = co_await services_.key_packages.publish(*peer.caller, std::move(request));
    co_return done(published);
  }
  auto device = fixed_field<DeviceKey>(frame.claim_key_package().device(), "device");
  if (!device) co_return std::unexpected(device.error());
  auto claimed = co_await services_.key_packages.claim(*device);
  if (!claimed) co_return std::unexpected(claimed.error());
  ServerFrame answer;
  *answer.mutable_key_package() = std::move(*claimed);
  co_return answer;
}

Dispatch::Answer Dispatch::group(const Peer& peer, const ClientFrame& frame) {
  if (!peer.caller) co_return fail(ErrorCode::kUnauthenticated, "log in first");
  const Caller caller = *peer.caller;
  if (frame.has_create_group()) {
    wire::CreateGroup request = frame.create_group();
    auto result = co_await services_.groups.create(caller, std::move(request));
    co_return appended(result);
  }
  if (frame.has_append()) {
    wire::Append request = frame.append();
    auto result = co_await services_.groups.append(caller, std::move(request));
    co_return appended(result);
  }
  if (frame.has_join()) {
    wire::Join request = frame.join();
    auto result = co_await services_.groups.join(caller, std::move(request));
    co_return appended(result);
  }
  if (frame.has_get_group_info()) {
    wire::GetGroupInfo request = frame.get_group_info();
    auto info = co_await services_.groups.group_info(caller, std::move(request));
    if (!info) co_return std::unexpected(info.error());
    ServerFrame answer;
    *answer.mutable_group_info() = std::move(*info);
    co_return answer;
  }
  auto result = co_await change(caller, frame);
  if (!result) co_return std::unexpected(result.error());
  for (const DeviceKey& device : result->removed) services_.hub.revoke(result->entry.log, device);
  co_return appended(result->entry);
}

Awaitable<Result<Committed>> Dispatch::change(const Caller& caller, const ClientFrame& frame) {
  if (frame.has_refuse()) {
    wire::Refuse request = frame.refuse();
    auto refused = co_await services_.groups.refuse(caller, std::move(request));
    co_return refused;
  }
  wire::CommitBundle request = frame.commit();
  auto committed = co_await services_.groups.commit(caller, std::move(request));
  co_return committed;
}

Dispatch::Answer Dispatch::read(const Peer& peer, Subscriber& subscriber,
                                const ClientFrame& frame) {
  ServerFrame answer;
  if (frame.has_open()) {
    wire::Open request = frame.open();
    auto opened = co_await reading_.open(peer, subscriber, std::move(request));
    if (!opened) co_return std::unexpected(opened.error());
    *answer.mutable_opened() = std::move(*opened);
    co_return answer;
  }
  if (frame.has_fetch()) {
    wire::Fetch request = frame.fetch();
    auto entries = co_await reading_.fetch(peer, std::move(request));
    if (!entries) co_return std::unexpected(entries.error());
    *answer.mutable_entries() = std::move(*entries);
    co_return answer;
  }
  if (frame.has_restore()) {
    wire::Restore request = frame.restore();
    auto restored = co_await reading_.restore(peer, std::move(request));
    co_return done(restored);
  }
  co_return done(reading_.close(subscriber, frame.close()));
}

Dispatch::Answer Dispatch::submit(const wire::Submit& request) {
  auto statement = trust::Statement::decode(view_of(request.statement()));
  if (!statement) co_return std::unexpected(statement.error());
  Bytes bytes = bytes_of(request.statement());
  if (Channels::takes(statement->kind)) {
    auto result = co_await services_.channels.submit(std::move(bytes));
    co_return appended(result);
  }
  if (!Pending::takes(statement->kind))
    co_return fail(ErrorCode::kUnknownKind, "statements of this kind are not submitted");
  auto result = co_await services_.pending.submit(std::move(bytes));
  if (!result) co_return std::unexpected(result.error());
  ServerFrame answer;
  answer.mutable_appended();
  co_return answer;
}

Dispatch::Answer Dispatch::about(const Peer& peer, const ClientFrame& frame) {
  ServerFrame answer;
  if (frame.has_ping()) {
    answer.mutable_pong()->set_time(raw(services_.clock.now()));
    co_return answer;
  }
  if (frame.has_list_pending()) {
    auto pending = co_await services_.pending.list();
    if (!pending) co_return std::unexpected(pending.error());
    *answer.mutable_pending() = std::move(*pending);
    co_return answer;
  }
  auto logs = co_await reading_.list(peer);
  if (!logs) co_return std::unexpected(logs.error());
  if (frame.has_list_logs()) {
    *answer.mutable_logs() = std::move(*logs);
    co_return answer;
  }
  if (!frame.has_get_status())
    co_return fail(ErrorCode::kUnknownKind, "a request of a kind that this version does not know");
  wire::Status& status = *answer.mutable_status();
  status.set_node_id(string_of(services_.node_id.view()));
  status.set_node_key(string_of(services_.node_key.view()));
  *status.mutable_logs() = std::move(*logs->mutable_logs());
  services_.fill_status(status);
  co_return answer;
}

}  // namespace xom::server
