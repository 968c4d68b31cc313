// The client's end of TLS 1.3 on a socket that does not wait: OpenSSL straight on it, no buffer
// kept between two messages. Whom it talks to is not checked: the node of a test signs for itself.
#pragma once

#include <openssl/types.h>
#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace xom::load {

class Tls {
 public:
  // On a socket that is connected and outlives it.
  explicit Tls(int socket);

  // Again whenever the socket can be read, until it is true. Otherwise errno says why: EAGAIN, or
  // what ended it.
  [[nodiscard]] bool shake_hands();
  // As ::recv and ::send on the socket would; at most a record of 16 KiB at a time.
  [[nodiscard]] ssize_t receive(char* into, std::size_t size);
  [[nodiscard]] ssize_t send(std::string_view bytes);

 private:
  ssize_t outcome(int result);
  struct Free {
    void operator()(SSL* ssl) const;
  };
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace xom::load
