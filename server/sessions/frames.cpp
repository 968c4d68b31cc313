#include "server/sessions/frames.h"

#include "federation/frames.h"

namespace xom::server {

wire::ServerFrame error_frame(std::uint64_t id, const Error& error) {
  wire::ServerFrame frame;
  frame.set_id(id);
  federation::put_error(*frame.mutable_error(), error);
  return frame;
}

Result<wire::ClientFrame> read_client_frame(ByteView bytes, std::uint64_t& id) {
  wire::ClientFrame frame;
  if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(ErrorCode::kMalformed, "not a client frame");
  id = frame.id();
  if (id == 0) return fail(ErrorCode::kMalformed, "a request needs an id");
  if (frame.request_case() == wire::ClientFrame::REQUEST_NOT_SET)
    return fail(ErrorCode::kUnknownKind, "a request of a kind that this version does not know");
  return frame;
}

}  // namespace xom::server
