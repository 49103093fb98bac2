#include "app/http/certificate.hpp"

#include <string>
#include <utility>

#include <spdlog/spdlog.h>

namespace coppice::app::http {

using actors::Result;

Result<void> use_certificate(const HttpConfig& config, net::server::HttpOptions& options) {
  if (!config.tls) return {};
  auto certificates = net::tls::Certificates::load(*config.tls);
  if (!certificates) {
    return actors::fail(certificates.error().code,
                        "TLS_CERT_PATH, TLS_KEY_PATH: " + certificates.error().context);
  }
  options.certificates = std::move(*certificates);
  options.on_certificate = [](const Result<std::string>& loaded) {
    if (loaded) {
      SPDLOG_INFO("new connections use another certificate: {}", *loaded);
    } else {
      SPDLOG_ERROR("the certificate has changed and can't be used; the one before goes on: {}",
                   loaded.error().message());
    }
  };
  options.on_handshake_failure = [](const std::string& why) {
    SPDLOG_DEBUG("a TLS handshake failed: {}", why);
  };
  return {};
}

}  // namespace coppice::app::http
