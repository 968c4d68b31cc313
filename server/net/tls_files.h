// The certificate of the node's HTTPS, read again when its files change.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>

#include "protocol/base/result.h"

namespace xom::server {

class TlsFiles {
 public:
  // kBadConfiguration: a file is missing or damaged, or the two do not belong together.
  [[nodiscard]] static Result<TlsFiles> open(std::filesystem::path certificate,
                                             std::filesystem::path key);

  // For new connections; those under way keep theirs.
  [[nodiscard]] std::shared_ptr<boost::asio::ssl::context> context() const { return context_; }

  [[nodiscard]] bool changed() const;
  // On an error the certificate of before stays in use.
  [[nodiscard]] Result<void> reload();

 private:
  std::filesystem::path certificate_;
  std::filesystem::path key_;
  std::filesystem::file_time_type certificate_time_{};
  std::filesystem::file_time_type key_time_{};
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace xom::server
