// Frames of the client protocol, made and read.
#pragma once

#include "client.pb.h"
#include "server/hub/hub.h"

namespace xom::server {

[[nodiscard]] wire::ServerFrame error_frame(std::uint64_t id, const Error& error);
// kMalformed: not a frame, or a request without an id; kUnknownKind (its id is in `id`): a request
// of a later version.
[[nodiscard]] Result<wire::ClientFrame> read_client_frame(ByteView bytes, std::uint64_t& id);

}  // namespace xom::server
