#include "tests/integration/ward.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "server/config/data_folder.h"
#include "tests/support/fake_mls.h"

namespace xom::test {
namespace {

template <class T>
T must(Result<T> result, const char* what) {
  if (!result) {
    throw std::runtime_error(std::string(what) + ": " + std::string(name_of(result.error().code)) + ": " +
                             result.error().message);
  }
  return std::move(*result);
}

}  // namespace

std::string program(const std::string& name) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  return (self.parent_path() / name).string();
}

Ward::Ward()
    : data_(folder_.path() / "ward"),
      port_(free_port()),
      authority_(AuthorityPerson::make()),
      leader_(Person::make()) {
  const std::string config =
      "listen_address = \"127.0.0.1\"\nlisten_port = " + std::to_string(port_) + "\n";
  auto created =
      server::create_data_folder(data_, authority_.id(), config, crypto::system_random());
  if (!created) throw std::runtime_error(created.error().message);
}

void Ward::start() {
  const char* chosen = std::getenv("XOM_NODE_BIN");
  const std::string node = chosen != nullptr ? chosen : program("xom-node");
  process_ = std::make_unique<Process>(std::vector<std::string>{node, "--data", data_.string()},
                                       folder_.path() / "node.log");
  if (auto listening = wait_for_port(*process_, port_); !listening) {
    throw std::runtime_error(listening.error().message + "\n" + log());
  }
}

std::string Ward::log() const {
  std::ifstream in(folder_.path() / "node.log");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::unique_ptr<WsClient> Ward::connect() const { return must(WsClient::connect(port_), "connect"); }

std::unique_ptr<WsClient> Ward::connect_as(const Person& person) const {
  auto client = connect();
  must(say_hello(*client, person), "login");
  return client;
}

void Ward::found() {
  auto client = connect();
  const auto node_key = NodeKey::from(view_of(client->challenge().node_key())).value();
  must(submit(*client, authority_.root_certificate(node_key, "Công an phường Tân Chánh Hiệp")),
       "root certificate");
  must(submit(*client, authority_.unit("kp1", "Khu phố 1")), "unit");
  must(submit(*client, authority_.unit("kp1/to5", "Tổ dân phố 5")), "unit");
  must(submit(*client, authority_.appointment(leader_.account(), trust::Office::kCellLeader,
                                              {"kp1/to5"})),
       "appointment");
  must(register_appointed(*client, leader_), "registration of the leader");
}

Room open_room(const Ward& ward) {
  Room room{random_group(), Person::make()};
  auto leader = ward.connect_as(ward.leader());
  must(create_group(*leader, room.group, "kp1/to5"), "create group");
  const TimeMs expires{raw(now_ms()) + 3'600'000};
  const Invited invited = invite(ward.leader(), room.group, expires);
  Addition addition{&room.resident,
                    fake_key_package(room.resident.device(), room.resident.account()),
                    invited.voucher,
                    {}};
  addition.request = join_request(invited, room.group, room.resident, addition.key_package);
  auto resident = ward.connect();
  must(register_invited(*resident, room.resident, addition.voucher, addition.request), "registration");
  must(ask_to_join(*resident, room.resident, room.group, EntryId{++room.resident_entries},
                   addition.voucher, addition.request, addition.key_package),
       "join request");
  must(leader->call(commit_frame(room.group, EntryId{++room.leader_entries}, Epoch{0}, 0, addition)),
       "commit");
  return room;
}

}  // namespace xom::test
