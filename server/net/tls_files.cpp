#include "server/net/tls_files.h"

#include <openssl/ssl.h>

namespace xom::server {
namespace fs = std::filesystem;
namespace {

fs::file_time_type time_of(const fs::path& path) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  return error ? fs::file_time_type{} : time;
}

}  // namespace

Result<TlsFiles> TlsFiles::open(fs::path certificate, fs::path key) {
  TlsFiles files;
  files.certificate_ = std::move(certificate);
  files.key_ = std::move(key);
  if (auto loaded = files.reload(); !loaded) return std::unexpected(loaded.error());
  return files;
}

bool TlsFiles::changed() const {
  return time_of(certificate_) != certificate_time_ || time_of(key_) != key_time_;
}

Result<void> TlsFiles::reload() {
  // Noted first: a change during the reading is seen the next time.
  certificate_time_ = time_of(certificate_);
  key_time_ = time_of(key_);
  auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_3_VERSION);
  boost::system::error_code error;
  context->use_certificate_chain_file(certificate_.string(), error);
  if (error)
    return fail(ErrorCode::kBadConfiguration,
                "tls_certificate " + certificate_.string() + " cannot be used: " + error.message());
  context->use_private_key_file(key_.string(), boost::asio::ssl::context::pem, error);
  if (error)
    return fail(ErrorCode::kBadConfiguration,
                "tls_key " + key_.string() + " cannot be used: " + error.message());
  if (SSL_CTX_check_private_key(context->native_handle()) != 1)
    return fail(ErrorCode::kBadConfiguration, "tls_key does not belong to tls_certificate");
  context_ = std::move(context);
  return {};
}

}  // namespace xom::server
