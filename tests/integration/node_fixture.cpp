#include "tests/integration/node_fixture.h"

#include "server/config/data_folder.h"

namespace xom::test {

TestNode::TestNode() : data(folder.path() / "data"), port(free_port()) {
  EXPECT_TRUE(crypto::initialise());
  const std::string config = "listen_port = " + std::to_string(port) + "\n";
  auto made = server::create_data_folder(data, authority.id(), config, crypto::system_random());
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  if (made) node_key_ = made->node_key.public_key_as<NodeKey>();
}

void TestNode::start() {
  process_ =
      std::make_unique<Process>(std::vector<std::string>{XOM_NODE_PROGRAM, "--data", data.string()},
                                folder.path() / "node.log");
  const auto up = wait_for_port(*process_, port);
  ASSERT_TRUE(up.has_value()) << up.error().message;
}

Finished TestNode::run_to_end() const {
  return run_program({XOM_NODE_PROGRAM, "--data", data.string()});
}

void TestNode::found() {
  auto client = connect();
  ASSERT_NE(client, nullptr);
  for (const Bytes& statement :
       {authority.root_certificate(node_key_, "Phường Thử"), authority.unit("to5", "Tổ 5"),
        authority.appointment(leader.account(), trust::Office::kCellLeader, {"to5"})}) {
    const auto answer = submit(*client, statement);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
  }
  const auto registered = register_appointed(*client, leader);
  ASSERT_TRUE(registered.has_value()) << registered.error().message;
}

std::unique_ptr<WsClient> TestNode::connect() const {
  auto client = WsClient::connect(port);
  EXPECT_TRUE(client.has_value()) << client.error().message;
  return client ? std::move(*client) : nullptr;
}

std::unique_ptr<WsClient> TestNode::log_in(const Person& person) const {
  auto client = connect();
  if (client == nullptr) return nullptr;
  const auto hello = say_hello(*client, person);
  EXPECT_TRUE(hello.has_value()) << hello.error().message;
  return client;
}

void TestNode::admit(LiveGroup& group, const Person& joiner, EntryId entry_id) {
  const Invited invited = invite(leader, group.id(), TimeMs{raw(now_ms()) + 60'000});
  const Bytes key_package = key_package_of(joiner, invited.voucher);
  const Bytes request = join_request(invited, group.id(), joiner, key_package);
  auto client = connect();
  ASSERT_NE(client, nullptr);
  const auto registered = register_invited(*client, joiner, invited.voucher, request);
  ASSERT_TRUE(registered.has_value()) << registered.error().message;
  const auto asked =
      ask_to_join(*client, joiner, group.id(), EntryId{1}, invited.voucher, request, key_package);
  ASSERT_TRUE(asked.has_value()) << asked.error().message;
  auto admin = log_in(leader);
  const auto committed = admin->call(
      group.commit_frame(entry_id, Addition{&joiner, key_package, invited.voucher, request}));
  ASSERT_TRUE(committed.has_value()) << committed.error().message;
  group.accepted();
}

}  // namespace xom::test
