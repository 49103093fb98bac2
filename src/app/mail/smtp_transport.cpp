#include <array>
#include <chrono>
#include <utility>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "app/accounts/secret.hpp"
#include "app/mail/transport.hpp"
#include "app/outgoing/curl.hpp"

namespace coppice::app::mail {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

constexpr long kConnectTimeoutSeconds = 10;
constexpr long kTimeoutSeconds = 30;
constexpr std::size_t kIdBytes = 16;

struct Upload {
  std::string text;
  std::size_t sent = 0;
};

std::size_t give(char* buffer, std::size_t size, std::size_t count, void* context) {
  auto& upload = *static_cast<Upload*>(context);
  const std::size_t length = upload.text.copy(buffer, size * count, upload.sent);
  upload.sent += length;
  return length;
}

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Replies of 5xx are about this mail (RFC 5321, 4.2.1), but for those about who sends it.
bool never_works(CURL* curl) {
  long reply = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
  constexpr long kNotAuthenticated = 530;
  constexpr long kWrongCredentials = 535;
  return reply >= 500 && reply < 600 && reply != kNotAuthenticated && reply != kWrongCredentials;
}

long curl_option(StartTls start_tls) {
  switch (start_tls) {
    case StartTls::never: return CURLUSESSL_NONE;
    case StartTls::offered: return CURLUSESSL_TRY;
    case StartTls::always: return CURLUSESSL_ALL;
  }
  return CURLUSESSL_ALL;
}

class SmtpTransport final : public Transport {
 public:
  explicit SmtpTransport(SmtpSettings settings) : settings_(std::move(settings)) {}

  Result<void> send(const Mail& mail, const std::stop_token& stop) const override {
    const outgoing::CurlHandle curl(curl_easy_init());
    if (!curl) return fail(Errc::unavailable, "libcurl could not be initialised");
    const auto recipients = outgoing::make_list({"<" + mail.to + ">"});
    const std::string sender = "<" + address_of(mail.from) + ">";
    Upload upload{compose(mail, accounts::base64url(accounts::random_bytes(kIdBytes)), now())};
    std::array<char, CURL_ERROR_SIZE> problem{};
    set_up(curl.get());
    outgoing::stop_with(curl.get(), stop);
    curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, sender.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, &give);
    curl_easy_setopt(curl.get(), CURLOPT_READDATA, &upload);
    curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, problem.data());
    const CURLcode outcome = curl_easy_perform(curl.get());
    if (outcome == CURLE_OK) return {};
    if (stop.stop_requested()) return fail(Errc::cancelled, "the mail was told to wait");
    return fail(never_works(curl.get()) ? Errc::invalid_argument : Errc::unavailable,
                settings_.url + ": " + outgoing::explain(outcome, problem.data()));
  }

  std::string describe() const override { return settings_.url; }

 private:
  void set_up(CURL* curl) const {
    curl_easy_setopt(curl, CURLOPT_URL, settings_.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectTimeoutSeconds);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, kTimeoutSeconds);
    curl_easy_setopt(curl, CURLOPT_USE_SSL, curl_option(settings_.start_tls));
    if (settings_.user.empty()) return;
    curl_easy_setopt(curl, CURLOPT_USERNAME, settings_.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, settings_.password.c_str());
  }

  const SmtpSettings settings_;
};

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

}  // namespace

std::shared_ptr<const Transport> smtp_transport(SmtpSettings settings) {
  return std::make_shared<const SmtpTransport>(std::move(settings));
}

Result<SmtpSettings> parse_smtp_url(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  const bool known = url && (url->scheme() == "smtp" || url->scheme() == "smtps");
  const bool only_host = known && !url->host().empty() && url->encoded_path().size() <= 1 &&
                         !url->has_query() && !url->has_fragment();
  if (!only_host) {
    return fail(Errc::invalid_argument,
                "smtp://user:password@host:587, or smtps:// for TLS from the first byte");
  }
  SmtpSettings settings;
  settings.url = std::string(url->scheme()) + "://" + std::string(url->encoded_host());
  if (url->has_port()) settings.url += ":" + std::string(url->port());
  settings.user = url->user();
  settings.password = url->password();
  if (is_this_machine(url->encoded_host())) {
    settings.start_tls = StartTls::never;
  } else if (!settings.user.empty()) {
    settings.start_tls = StartTls::always;
  }
  return settings;
}

}  // namespace coppice::app::mail
