#include <spdlog/spdlog.h>

#include "app/mail/transport.hpp"

namespace coppice::app::mail {
namespace {

class LogTransport final : public Transport {
 public:
  actors::Result<void> send(const Mail& mail, const std::stop_token& /*stop*/) const override {
    SPDLOG_INFO("mail to {}: {}\n{}", mail.to, mail.subject, mail.text);
    return {};
  }
  std::string describe() const override { return "the log"; }
};

class NoTransport final : public Transport {
 public:
  actors::Result<void> send(const Mail& /*mail*/, const std::stop_token& /*stop*/) const override {
    return actors::fail(actors::Errc::unavailable,
                        "no way to send mail is configured: set SMTP_URL, or MAILGUN_API_KEY and "
                        "MAILGUN_DOMAIN");
  }
  std::string describe() const override { return "nothing: no way to send mail is configured"; }
};

}  // namespace

std::shared_ptr<const Transport> log_transport() { return std::make_shared<const LogTransport>(); }

std::shared_ptr<const Transport> no_transport() { return std::make_shared<const NoTransport>(); }

}  // namespace coppice::app::mail
