#pragma once

#include <memory>
#include <string>

#include "actors/server.hpp"
#include "net/server/http_endpoint.hpp"

namespace coppice::net::server {

/// Looks every few seconds whether the files of the certificate have changed, and has new
/// connections use what is in them. Those that are open keep what they began with. Files that can't
/// be used change nothing, and the endpoint's on_certificate is told why, once for each change.
///
/// Thread: its shard; the files are read on one of the runtime's threads for what blocks.
class CertificateWatch final : public actors::Server<CertificateWatch> {
 public:
  explicit CertificateWatch(std::shared_ptr<HttpEndpoint> endpoint);

  void init();

  /// Looks at the files. Sent by the actor to itself.
  struct Look {};
  actors::Task<void> handle(Look message);

  [[nodiscard]] std::string describe() const override;

 private:
  std::shared_ptr<HttpEndpoint> endpoint_;
  std::string trouble_;  // With the files as they are.
};

}  // namespace coppice::net::server
