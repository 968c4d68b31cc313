// xom-load: puts the load of many clients on a node of this machine, for tools/bench.
#include <sodium.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "tools/load/fanout.h"
#include "tools/load/floor.h"
#include "tools/load/seed.h"

namespace {

constexpr int kUsage = 2;

void add_population(CLI::App& app, xom::load::Population& population) {
  app.add_option("--groups", population.groups, "Groups")->check(CLI::Range(1, 1'000'000));
  app.add_option("--members", population.members, "Members of each")->check(CLI::Range(1, 18'000));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"xom-load, the load of many clients on a node of this machine"};
  app.require_subcommand(1);

  std::string data;
  xom::load::Population population;
  CLI::App* seed = app.add_subcommand("seed", "Fill the data folder of a node that does not run");
  seed->add_option("--data", data, "The node's data folder")->required();
  add_population(*seed, population);

  std::uint16_t port = 0;
  CLI::App* floor = app.add_subcommand("floor", "The bare server that a node is compared with");
  floor->add_option("--port", port, "On 127.0.0.1")->required();

  xom::load::FanoutOptions fanout_options;
  CLI::App* fanout = app.add_subcommand("fanout", "One member of each group writes, all read");
  fanout->add_option("--port", fanout_options.target.port, "Of the node, on 127.0.0.1")->required();
  fanout->add_option("--server", fanout_options.server, "Its process")->required();
  fanout->add_flag("--floor", fanout_options.target.floor, "It is the floor");
  fanout->add_option("--rate", fanout_options.rate, "Deliveries a second")
      ->check(CLI::PositiveNumber);
  std::int64_t seconds = fanout_options.time.count();
  fanout->add_option("--seconds", seconds, "Time for each rate")->check(CLI::Range(1, 600));
  fanout->add_option("--size", fanout_options.size, "Bytes of a payload")
      ->check(CLI::Range(128, 16'000));
  fanout->add_flag("--rising", fanout_options.rising, "Faster and faster, until it is too much");
  add_population(*fanout, fanout_options.population);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kUsage;
  }
  if (::sodium_init() < 0) return 1;
  try {
    if (seed->parsed()) {
      if (auto done = xom::load::seed(data, population); !done) {
        std::cerr << "xom-load: " << done.error().message << std::endl;
        return 1;
      }
    }
    if (floor->parsed()) xom::load::serve_floor(port);
    if (fanout->parsed()) {
      fanout_options.time = std::chrono::seconds(seconds);
      xom::load::measure_fanout(fanout_options);
    }
  } catch (const std::exception& e) {
    std::cerr << "xom-load: " << e.what() << std::endl;
    return 1;
  }
  return 0;
}
