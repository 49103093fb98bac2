#include <utility>

#include "app/mail/transport.hpp"
#include "app/outgoing/http_request.hpp"

namespace coppice::app::mail {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

constexpr std::size_t kShownBytes = 200;

/// Whether the answer is about this mail, rather than about the service or our account with it.
bool never_works(long status) { return status == 400 || status == 413 || status == 422; }

class MailgunTransport final : public Transport {
 public:
  explicit MailgunTransport(MailgunSettings settings) : settings_(std::move(settings)) {}

  Result<void> send(const Mail& mail, const std::stop_token& stop) const override {
    outgoing::HttpRequest request;
    request.method = "POST";
    request.url = settings_.url + "/v3/" + settings_.domain + "/messages";
    request.headers = {"content-type: application/x-www-form-urlencoded"};
    request.user = "api";
    request.password = settings_.api_key;
    request.body = outgoing::form_encode({{"from", mail.from},
                                          {"to", mail.to},
                                          {"subject", mail.subject},
                                          {"text", mail.text},
                                          {"o:tracking", "no"}});
    const auto answer = outgoing::send(request, stop);
    if (!answer) {
      return fail(answer.error() == Errc::cancelled ? Errc::cancelled : Errc::unavailable,
                  answer.error().context);
    }
    if (answer->status >= 200 && answer->status < 300) return {};
    return fail(never_works(answer->status) ? Errc::invalid_argument : Errc::unavailable,
                request.url + " answers " + std::to_string(answer->status) + ": " +
                    answer->body.substr(0, kShownBytes));
  }

  std::string describe() const override { return settings_.url + " for " + settings_.domain; }

 private:
  const MailgunSettings settings_;
};

}  // namespace

std::shared_ptr<const Transport> mailgun_transport(MailgunSettings settings) {
  return std::make_shared<const MailgunTransport>(std::move(settings));
}

}  // namespace coppice::app::mail
