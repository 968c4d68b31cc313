#include "tools/load/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <stdexcept>

namespace xom::load {

namespace {

SSL_CTX* make_context() {
  // OpenSSL writes without MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  SSL_CTX* context = ::SSL_CTX_new(::TLS_client_method());
  if (context == nullptr || ::SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1)
    throw std::runtime_error("TLS 1.3 is not to be had");
  ::SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

SSL_CTX* context() {
  static SSL_CTX* const shared = make_context();  // as long as the process
  return shared;
}

int length_of(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

}  // namespace

void Tls::Free::operator()(SSL* ssl) const { ::SSL_free(ssl); }

Tls::Tls(int socket) : ssl_(::SSL_new(context())) {
  if (!ssl_ || ::SSL_set_fd(ssl_.get(), socket) != 1)
    throw std::runtime_error("no memory for a TLS connection");
  ::SSL_set_connect_state(ssl_.get());
}

bool Tls::shake_hands() {
  ::ERR_clear_error();
  const int result = ::SSL_do_handshake(ssl_.get());
  if (result == 1) return true;
  if (outcome(result) == 0) errno = ECONNRESET;
  return false;
}

ssize_t Tls::receive(char* into, std::size_t size) {
  ::ERR_clear_error();
  return outcome(::SSL_read(ssl_.get(), into, length_of(size)));
}

ssize_t Tls::send(std::string_view bytes) {
  ::ERR_clear_error();
  return outcome(::SSL_write(ssl_.get(), bytes.data(), length_of(bytes.size())));
}

ssize_t Tls::outcome(int result) {
  if (result > 0) return result;
  const int socket_error = errno;
  switch (::SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      errno = EAGAIN;
      return -1;
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    case SSL_ERROR_SYSCALL:
      errno = socket_error;
      return socket_error == 0 ? 0 : -1;
    default:
      errno = EPROTO;
      return -1;
  }
}

}  // namespace xom::load
