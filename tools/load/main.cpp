// xom-load: puts the load of many clients on a node of this machine, for tools/bench.
#include <sodium.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <memory>

#include "tools/load/alert.h"
#include "tools/load/append.h"
#include "tools/load/catch_up.h"
#include "tools/load/fanout.h"
#include "tools/load/floor.h"
#include "tools/load/hostile.h"
#include "tools/load/idle.h"
#include "tools/load/login.h"
#include "tools/load/seed.h"
#include "tools/load/storm.h"

namespace {

using namespace xom::load;

constexpr int kUsage = 2;

// What the command that was given does; set by the parser.
using Action = std::function<void()>;

void add_population(CLI::App& app, Population& population) {
  app.add_option("--groups", population.groups, "Groups")->check(CLI::Range(1, 1'000'000));
  app.add_option("--members", population.members, "Members of each")->check(CLI::Range(1, 18'000));
  app.add_option("--places", population.places, "Of each device: in so many groups")
      ->check(CLI::Range(1, 250));
}

// Of a command that puts load on something.
template <class Options>
CLI::App& add_load(CLI::App& app, const std::string& name, const std::string& what,
                   Options& options) {
  CLI::App& command = *app.add_subcommand(name, what);
  command.add_option("--port", options.target.port, "Of the node, on 127.0.0.1")->required();
  command.add_option("--server", options.server, "Its process")->required();
  add_population(command, options.population);
  return command;
}

void add_seconds(CLI::App& command, std::chrono::seconds& time, const std::string& what) {
  command
      .add_option_function<std::int64_t>(
          "--seconds", [&time](std::int64_t given) { time = std::chrono::seconds(given); }, what)
      ->check(CLI::Range(1, 600));
}

void add_size(CLI::App& command, std::size_t& size) {
  command.add_option("--size", size, "Bytes of a payload")->check(CLI::Range(128, 16'000));
}

void add_seed(CLI::App& app, Action& action) {
  struct Options {
    std::string data;
    Population population;
    std::uint32_t further = 0;
    std::uint64_t messages = 0;
  };
  auto options = std::make_shared<Options>();
  CLI::App& command =
      *app.add_subcommand("seed", "Fill the data folder of a node that does not run");
  command.add_option("--data", options->data, "The node's data folder")->required();
  add_population(command, options->population);
  command.add_option("--further", options->further, "Groups more, in which nobody speaks")
      ->check(CLI::Range(0, 1'000'000));
  command.add_option("--messages", options->messages, "Messages in the groups, over all");
  command.callback([=, &action] {
    action = [=] {
      const auto done =
          seed(options->data, options->population, options->further, options->messages);
      if (!done) throw std::runtime_error(done.error().message);
    };
  });
}

void add_account(CLI::App& app, Action& action) {
  auto device = std::make_shared<std::uint32_t>(0);
  CLI::App& command = *app.add_subcommand("account", "Print the account of a device, in hex");
  command.add_option("--device", *device, "Its number");
  command.callback([=, &action] {
    action = [=] {
      std::cout << account_key(*device).public_key_as<xom::AccountKey>().hex() << "\n";
    };
  });
}

void add_floor(CLI::App& app, Action& action) {
  auto port = std::make_shared<std::uint16_t>();
  CLI::App& command = *app.add_subcommand("floor", "The bare server that a node is compared with");
  command.add_option("--port", *port, "On 127.0.0.1")->required();
  command.callback([=, &action] { action = [=] { serve_floor(*port); }; });
}

void add_fanout(CLI::App& app, Action& action) {
  auto options = std::make_shared<FanoutOptions>();
  CLI::App& command =
      add_load(app, "fanout", "One member of each group writes, all read", *options);
  command.add_flag("--floor", options->target.floor, "It is the floor");
  command.add_option("--rate", options->rate, "Deliveries a second")->check(CLI::PositiveNumber);
  add_seconds(command, options->time, "Time for each rate");
  add_size(command, options->size);
  command.add_flag("--rising", options->rising, "Faster and faster, until it is too much");
  command.callback([=, &action] { action = [=] { measure_fanout(*options); }; });
}

void add_idle(CLI::App& app, Action& action) {
  auto options = std::make_shared<IdleOptions>();
  CLI::App& command = add_load(app, "idle", "Sessions that do nothing", *options);
  command.add_flag("--tls", options->target.tls, "The node speaks TLS");
  command.add_option("--sessions", options->sessions, "How many, one number after the other");
  add_seconds(command, options->quiet, "Wait before the memory is read");
  command.callback([=, &action] { action = [=] { measure_idle(*options); }; });
}

void add_login(CLI::App& app, Action& action) {
  auto options = std::make_shared<LoginOptions>();
  CLI::App& command = add_load(app, "login", "All devices log in, as fast as they can", *options);
  command.add_flag("--floor", options->target.floor, "It is the floor");
  command.add_option("--at-once", options->at_once, "Logins on their way")
      ->check(CLI::Range(1, 18'000));
  command.callback([=, &action] { action = [=] { measure_login(*options); }; });
}

void add_append(CLI::App& app, Action& action) {
  auto options = std::make_shared<AppendOptions>();
  CLI::App& command = add_load(app, "append", "All devices write, nobody reads", *options);
  command.add_option("--lines", options->lines, "Connections of each writer")
      ->check(CLI::Range(1, 100));
  command.add_option("--outstanding", options->outstanding, "Messages on their way on each")
      ->check(CLI::Range(1, 1000));
  add_seconds(command, options->time, "How long");
  command.add_option("--count", options->count, "How many messages, however long it takes");
  add_size(command, options->size);
  command.add_option("--folder", options->folder, "On the disk of the node's data")->required();
  command.callback([=, &action] { action = [=] { measure_append(*options); }; });
}

void add_alert(CLI::App& app, Action& action) {
  auto options = std::make_shared<AlertOptions>();
  CLI::App& command =
      add_load(app, "alert", "An alert to all sessions, which chat a little", *options);
  command.add_flag("--floor", options->target.floor, "It is the floor");
  command.add_option("--rounds", options->rounds, "Alerts")->check(CLI::Range(1, 100));
  command.add_option("--chat", options->chat, "Deliveries a second")->check(CLI::NonNegativeNumber);
  add_size(command, options->size);
  command.add_option("--floor-frame", options->floor_frame, "Bytes of the floor's alert")
      ->check(CLI::Range(128, 16'000));
  command.add_option("--folder", options->folder, "On the disk of the node's data");
  command.callback([=, &action] { action = [=] { measure_alert(*options); }; });
}

void add_catch_up(CLI::App& app, Action& action) {
  auto options = std::make_shared<CatchUpOptions>();
  CLI::App& command =
      add_load(app, "catch-up", "Devices return at once, and fetch what they missed", *options);
  command.add_option("--inside", options->inside, "Devices that stay, and chat")
      ->check(CLI::Range(1, 18'000));
  command.add_option("--missed", options->missed, "Messages in each group")
      ->check(CLI::Range(1, 10'000));
  command.add_option("--rate", options->rate, "Deliveries a second to those inside")
      ->check(CLI::PositiveNumber);
  command.add_option("--returns", options->returns, "How many times")->check(CLI::Range(1, 100));
  add_seconds(command, options->time, "Of the chat before anybody returns");
  add_size(command, options->size);
  command.callback([=, &action] { action = [=] { measure_catch_up(*options); }; });
}

void add_hostile(CLI::App& app, Action& action) {
  auto options = std::make_shared<HostileOptions>();
  CLI::App& command =
      add_load(app, "hostile", "Members chat, and others do what they must not", *options);
  command
      .add_option("--normal", options->normal, "Members of each group that chat; all others do not")
      ->check(CLI::Range(1, 18'000));
  command.add_option("--rate", options->rate, "Deliveries a second to those who chat")
      ->check(CLI::PositiveNumber);
  add_seconds(command, options->time, "Before the others come, and while they are there");
  add_size(command, options->size);
  command.callback([=, &action] { action = [=] { measure_hostile(*options); }; });
}

void add_storm(CLI::App& app, Action& action) {
  auto options = std::make_shared<StormOptions>();
  CLI::App& command = add_load(app, "storm", "Everybody returns at once, and some write", *options);
  command.add_option("--missed", options->missed, "Messages that each fetches of each group")
      ->check(CLI::Range(1, 10'000));
  command.add_option("--writing", options->writing, "One of so many devices writes")
      ->check(CLI::Range(1, 18'000));
  command.add_option("--at-once", options->at_once, "Devices on their way in")
      ->check(CLI::Range(1, 18'000));
  add_size(command, options->size);
  command.callback([=, &action] { action = [=] { measure_storm(*options); }; });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"xom-load, the load of many clients on a node of this machine"};
  app.require_subcommand(1);
  Action action;
  add_seed(app, action);
  add_account(app, action);
  add_floor(app, action);
  add_fanout(app, action);
  add_idle(app, action);
  add_login(app, action);
  add_append(app, action);
  add_storm(app, action);
  add_catch_up(app, action);
  add_alert(app, action);
  add_hostile(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kUsage;
  }
  if (::sodium_init() < 0) return 1;
  try {
    action();
  } catch (const std::exception& e) {
    std::cerr << "xom-load: " << e.what() << std::endl;
    return 1;
  }
  return 0;
}
