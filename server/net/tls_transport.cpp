#include "server/net/tls_transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cstring>

namespace xom::server {

namespace {

// What one record holds.
constexpr std::size_t kRecord = 16 * 1024;

// Shared by all connections of the thread: parts are put together here and are gone before the call
// returns.
std::array<std::uint8_t, kRecord>& scratch() {
  thread_local std::array<std::uint8_t, kRecord> bytes;
  return bytes;
}

}  // namespace

void TlsTransport::Free::operator()(SSL* ssl) const { SSL_free(ssl); }

TlsTransport::TlsTransport(Socket socket, boost::asio::ssl::context& context)
    : socket_(std::move(socket)), ssl_(SSL_new(context.native_handle())) {
  if (ssl_ == nullptr) throw std::bad_alloc();
  boost::system::error_code ignored;
  socket_.native_non_blocking(true, ignored);
  SSL_set_fd(ssl_.get(), static_cast<int>(socket_.native_handle()));
  // A write that was cut off may come again with more behind it, and from another place.
  SSL_set_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A call handles one message of TLS itself and comes back: else who sends nothing but key updates
  // would keep the thread in it.
  SSL_clear_mode(ssl_.get(), SSL_MODE_AUTO_RETRY);
  SSL_set_accept_state(ssl_.get());
}

Moved TlsTransport::outcome(int result) const {
  Moved moved;
  if (result > 0) {
    moved.bytes = static_cast<std::size_t>(result);
    return moved;
  }
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      moved.waits_for = Socket::wait_read;
      break;
    case SSL_ERROR_WANT_WRITE:
      moved.waits_for = Socket::wait_write;
      break;
    case SSL_ERROR_ZERO_RETURN:
      moved.error = boost::asio::error::eof;
      break;
    case SSL_ERROR_SYSCALL:
      moved.error.assign(errno != 0 ? errno : EPIPE, boost::system::system_category());
      break;
    default:
      moved.error = boost::asio::ssl::error::stream_truncated;
      break;
  }
  return moved;
}

// OpenSSL knows the socket by its number, which may be another file's once it is closed.
Moved TlsTransport::closed() {
  Moved moved;
  moved.error = boost::asio::error::operation_aborted;
  return moved;
}

Moved TlsTransport::handshake() {
  if (!socket_.is_open()) return closed();
  ERR_clear_error();
  return outcome(SSL_do_handshake(ssl_.get()));
}

Moved TlsTransport::read(std::span<std::uint8_t> into) {
  if (!socket_.is_open()) return closed();
  ERR_clear_error();
  errno = 0;
  return outcome(
      SSL_read(ssl_.get(), into.data(), static_cast<int>(std::min(into.size(), kRecord))));
}

Moved TlsTransport::write(std::span<const ByteView> parts) {
  if (!socket_.is_open()) return closed();
  ByteView record = parts.front();
  if (parts.size() > 1 && record.size() < kRecord) {
    auto& together = scratch();
    std::size_t size = 0;
    for (const ByteView part : parts) {
      const std::size_t some = std::min(part.size(), together.size() - size);
      if (some > 0) std::memcpy(together.data() + size, part.data(), some);
      size += some;
    }
    record = ByteView(together.data(), size);
  }
  Moved moved;
  moved.waits_for = Socket::wait_write;
  if (record.empty()) return moved;
  ERR_clear_error();
  errno = 0;
  const Moved written = outcome(
      SSL_write(ssl_.get(), record.data(), static_cast<int>(std::min(record.size(), kRecord))));
  if (written.bytes == 0) return written;
  moved.bytes = written.bytes;
  return moved;
}

void TlsTransport::end() {
  if (!socket_.is_open() || SSL_is_init_finished(ssl_.get()) == 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

}  // namespace xom::server
