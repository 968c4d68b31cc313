// Two ends of a transport in memory, with a man in the middle.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "federation/message_channel.h"

namespace xom::test {

// What arrives instead of one message: nothing, itself changed, several; nullopt cuts the
// connection. Called with the message's number (0, 1, …) in its direction. An empty function passes
// everything.
using Arriving = std::optional<std::vector<Bytes>>;
using Meddle = std::function<Arriving(std::size_t number, const Bytes& message)>;

struct ChannelPair {
  federation::ChannelPtr first;
  federation::ChannelPtr second;
};
// `from_first` sees what the first end writes, `from_second` what the second writes.
[[nodiscard]] ChannelPair make_channels(boost::asio::any_io_executor executor,
                                        Meddle from_first = {}, Meddle from_second = {});

}  // namespace xom::test
