#include "tools/load/alert.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "protocol/trust/alert.h"
#include "protocol/trust/device.h"
#include "protocol/trust/log_ids.h"
#include "tools/load/histogram.h"
#include "tools/load/process.h"
#include "tools/load/speakers.h"
#include "tools/load/sync_time.h"

namespace xom::load {

namespace {

constexpr std::uint32_t kPublisher = 0;
constexpr std::chrono::milliseconds kBetween{1500};
constexpr std::chrono::seconds kRoundLimit{30};
constexpr std::chrono::hours kExpires{1};

Bytes signed_alert(const NodeId& node, int round, std::size_t size, const Mark& mark) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now);
  trust::Alert alert;
  alert.issuer.bytes = node.bytes;
  alert.log = trust::official_log(node);
  alert.id.bytes[0] = static_cast<std::uint8_t>(round);
  alert.id.bytes[1] = 1;
  alert.sent = TimeMs{now_ms.count()};
  alert.status = trust::AlertStatus::kExercise;
  alert.msg_type = trust::MsgType::kNewAlert;
  alert.urgency = trust::Urgency::kImmediate;
  alert.severity = trust::Severity::kSevere;  // extreme ones need two people
  alert.certainty = trust::Certainty::kObserved;
  alert.category = "Met";
  alert.event = "flood";
  alert.headline = "Water is rising: leave the ground floor now";
  alert.description = mark.encode();
  alert.description.resize(size, 'x');
  alert.expires = TimeMs{(now_ms + kExpires).count()};
  alert.language = "vi";
  const crypto::SigningKey account = account_key(kPublisher), device = device_key(kPublisher);
  trust::DeviceList list;
  list.account = account.public_key_as<AccountKey>();
  list.version = 1;
  list.devices = {device.public_key_as<DeviceKey>()};
  return trust::sign_value(alert, device, trust::sign_value(list, account));
}

struct Round {
  std::int64_t begin_us = 0;
  std::size_t received = 0;
  std::int64_t first_us = 0, last_us = 0, acknowledged_us = 0;  // since the begin
};

class Alerts {
 public:
  explicit Alerts(const AlertOptions& options)
      : options_(options), clients_(options.target, options.population, {.channels = true}) {
    clients_.delivered = [this](std::uint32_t, const Mark& mark, std::size_t size) {
      delivered(mark, size);
    };
    clients_.answered = [this](std::uint32_t connection, const wire::ServerFrame& frame) {
      if (connection != kPublisher || frame.id() != asked_) return;
      if (frame.has_error()) throw std::runtime_error("the alert: " + frame.error().message());
      round_.acknowledged_us = microseconds(Clock::now()) - round_.begin_us;
    };
  }

  void run() {
    clients_.connect(200, std::chrono::seconds(180));
    const double sync = options_.folder.empty() ? 0 : sync_time_us(options_.folder);
    speakers_.emplace(clients_, options_.population, options_.population.groups, options_.chat,
                      options_.size, Clock::now());
    for (int i = 0; i < options_.rounds; ++i) {
      chat_until(Clock::now() + kBetween, false);
      one_round(i);
    }
    settle();
    nlohmann::json line;
    line["sessions"] = clients_.ready();
    line["last_us"] = median(&Round::last_us);
    line["first_us"] = median(&Round::first_us);
    line["acknowledged_us"] = median(&Round::acknowledged_us);
    line["sync_us"] = sync;
    line["frame"] = frame_;
    line["cpu_us_per_delivery"] = cpu_us_ / static_cast<double>(clients_.size() * rounds_.size());
    line["chat"] = chat_.count();
    line["chat_expected"] = speakers_->sent() * options_.population.members;
    line["chat_p50_us"] = chat_.at(0.5);
    line["chat_p99_us"] = chat_.at(0.99);
    line["lost"] = clients_.lost();
    line["refused"] = clients_.refused();
    if (!clients_.last_error().empty()) line["error"] = clients_.last_error();
    std::cout << line.dump() << std::endl;
  }

 private:
  void one_round(int number) {
    const Usage before = usage_of(options_.server);
    round_ = {.begin_us = microseconds(Clock::now())};
    const Mark mark{round_.begin_us, Mark::kEverybody};
    if (options_.target.floor) {
      clients_.send_everybody(kPublisher, options_.floor_frame, mark);
    } else {
      const Bytes alert = signed_alert(clients_.node(), number, options_.size, mark);
      // What the publisher's device does is not the node's time.
      round_.begin_us = microseconds(Clock::now());
      wire::ClientFrame request;
      request.mutable_submit()->set_statement(std::string(text_of(alert)));
      asked_ = clients_.ask(kPublisher, std::move(request));
    }
    chat_until(Clock::now() + kRoundLimit, true);
    if (!complete()) throw std::runtime_error("an alert did not reach everybody");
    cpu_us_ += usage_of(options_.server).cpu_us - before.cpu_us;
    rounds_.push_back(round_);
    nlohmann::json line;
    line["round"] = number;
    line["last_us"] = round_.last_us;
    line["first_us"] = round_.first_us;
    line["acknowledged_us"] = round_.acknowledged_us;
    std::cout << line.dump() << std::endl;
  }

  // The last of the chat comes in.
  void settle() {
    const std::uint64_t expected = speakers_->sent() * options_.population.members;
    const auto end = Clock::now() + kRoundLimit;
    while (chat_.count() < expected && Clock::now() < end)
      clients_.poll(std::chrono::milliseconds(5));
  }

  [[nodiscard]] bool complete() const {
    return round_.received == clients_.size() &&
           (options_.target.floor || round_.acknowledged_us > 0);
  }

  // On its schedule, until that time or the end of the round.
  void chat_until(Clock::time_point end, bool round) {
    while (Clock::now() < end && !(round && complete()))
      speakers_->step(std::chrono::milliseconds(1));
  }

  void delivered(const Mark& mark, std::size_t size) {
    const std::int64_t now = microseconds(Clock::now());
    if (mark.group != Mark::kEverybody) {
      chat_.add(static_cast<std::uint64_t>(std::max<std::int64_t>(now - mark.due_us, 0)));
      return;
    }
    round_.last_us = now - round_.begin_us;
    if (round_.received++ == 0) round_.first_us = round_.last_us;
    frame_ = size;
  }

  [[nodiscard]] std::int64_t median(std::int64_t Round::* time) {
    const auto middle = rounds_.begin() + static_cast<std::ptrdiff_t>(rounds_.size() / 2);
    std::ranges::nth_element(rounds_, middle, {}, time);
    return (*middle).*time;
  }

  const AlertOptions& options_;
  Clients clients_;
  std::optional<Speakers> speakers_;
  Histogram chat_;
  Round round_;
  std::vector<Round> rounds_;
  std::uint64_t asked_ = 0;
  std::size_t frame_ = 0;
  double cpu_us_ = 0;
};

}  // namespace

void measure_alert(const AlertOptions& options) { Alerts(options).run(); }

}  // namespace xom::load
