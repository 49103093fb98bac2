#include "net/server/certificate_watch.hpp"

#include <chrono>
#include <utility>

#include "actors/blocking_pool.hpp"

namespace coppice::net::server {

namespace {

constexpr auto kPause = std::chrono::seconds(5);

}  // namespace

CertificateWatch::CertificateWatch(std::shared_ptr<HttpEndpoint> endpoint)
    : endpoint_(std::move(endpoint)) {}

void CertificateWatch::init() { set_timer("look", kPause, Look{}); }

actors::Task<void> CertificateWatch::handle(Look /*message*/) {
  const auto& options = endpoint_->options();
  auto look = [certificates = options.certificates] { return certificates->reload_if_changed(); };
  const auto looked = co_await actors::blocking(std::move(look), actors::kForever);
  set_timer("look", kPause, Look{});
  if (!looked) co_return;  // too much else blocks; later, then
  const actors::Result<bool>& loaded = *looked;
  if (loaded && !*loaded) co_return;
  trouble_ = loaded ? "" : loaded.error().message();
  if (!options.on_certificate) co_return;
  if (loaded) {
    options.on_certificate(options.certificates->describe());
  } else {
    options.on_certificate(std::unexpected(loaded.error()));
  }
}

std::string CertificateWatch::describe() const {
  const auto in_use = endpoint_->options().certificates->describe();
  return trouble_.empty() ? in_use : in_use + "; the files there now can't be used: " + trouble_;
}

}  // namespace coppice::net::server
