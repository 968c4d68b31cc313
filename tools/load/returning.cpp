#include "tools/load/returning.h"

#include <algorithm>
#include <stdexcept>

namespace xom::load {

namespace {
constexpr std::uint32_t kPage = 256;
}

Returning::Returning(Target target, Population population, Crowd crowd, std::uint32_t missed)
    : population_(population),
      missed_(missed),
      clients_(target, population, crowd),
      logs_left_(clients_.size(), population.places) {
  clients_.entered = [this](std::uint32_t connection) { open_all(connection); };
  clients_.answered = [this](std::uint32_t connection, const wire::ServerFrame& frame) {
    answer(connection, frame);
  };
}

void Returning::run(std::chrono::seconds limit, std::size_t at_once) {
  const auto end = Clock::now() + limit;
  clients_.connect(at_once, limit);
  while (synced_ < clients_.size() && clients_.lost() == 0 && Clock::now() < end)
    clients_.poll(std::chrono::milliseconds(5));
  if (synced_ < clients_.size())
    throw std::runtime_error("of " + std::to_string(clients_.size()) + " devices only " +
                             std::to_string(synced_) +
                             " have everything: " + clients_.last_error());
}

void Returning::open_all(std::uint32_t connection) {
  const std::uint32_t first = population_.group_of(clients_.device_of(connection));
  for (std::uint32_t place = 0; place < population_.places; ++place) {
    wire::ClientFrame request;
    request.mutable_open()->set_log(std::string(text_of(group_id(first + place).view())));
    (void)clients_.ask(connection, std::move(request));
  }
}

void Returning::answer(std::uint32_t connection, const wire::ServerFrame& frame) {
  if (frame.has_opened()) {
    const wire::Opened& opened = frame.opened();
    const std::uint64_t head = opened.head().seq();
    Reading& reading = readings_[{connection, opened.log()}];
    reading = {head - std::min<std::uint64_t>(missed_, head), head};
    go_on(connection, opened.log(), reading);
  } else if (frame.has_entries()) {
    const wire::Entries& page = frame.entries();
    Reading& reading = readings_[{connection, page.log()}];
    fetched_ += static_cast<std::uint64_t>(page.entries_size());
    reading.at += static_cast<std::uint64_t>(page.entries_size());
    if (page.entries_size() == 0) throw std::runtime_error("a page without entries");
    go_on(connection, page.log(), reading);
  } else if (answered) {
    answered(connection, frame);
  }
}

// What comes after the head of when the log was opened, is pushed.
void Returning::go_on(std::uint32_t connection, const std::string& log, const Reading& reading) {
  if (reading.at >= reading.head) {
    if (--logs_left_[connection] > 0) return;
    ++synced_;
    if (synced) synced(connection);
    return;
  }
  wire::ClientFrame request;
  request.mutable_fetch()->set_log(log);
  request.mutable_fetch()->set_after(reading.at);
  request.mutable_fetch()->set_limit(
      static_cast<std::uint32_t>(std::min<std::uint64_t>(kPage, reading.head - reading.at)));
  (void)clients_.ask(connection, std::move(request));
}

}  // namespace xom::load
