#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "actors/result.hpp"
#include "app/mail/mail.hpp"

namespace coppice::app::mail {

/// A way to send mails. Thread: any that may be blocked, one at a time.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// Hands the mail over.
  /// Errors: unavailable when it may work later; invalid_argument when this mail never will;
  /// cancelled when @p stop was requested.
  [[nodiscard]] virtual actors::Result<void> send(const Mail& mail,
                                                  const std::stop_token& stop) const = 0;

  /// For operators: "smtp://mail.example.com:587". Without a secret.
  [[nodiscard]] virtual std::string describe() const = 0;
};

/// Writes mails into the log, with all that they say: for development.
[[nodiscard]] std::shared_ptr<const Transport> log_transport();

/// Sends none, and says what to set: for production without a way to send them.
[[nodiscard]] std::shared_ptr<const Transport> no_transport();

/// Whether mails travel encrypted to an SMTP server that speaks in the clear at first.
enum class StartTls : std::uint8_t {
  never,    ///< To this machine.
  offered,  ///< If the server offers it; its certificate must be right then.
  always,   ///< Or nothing is sent: credentials travel with it.
};

/// An SMTP server (RFC 5321).
struct SmtpSettings {
  std::string url;   ///< smtp://host:port or smtps://host:port, without the two below
  std::string user;  ///< Empty for none.
  std::string password;
  StartTls start_tls = StartTls::offered;
};
[[nodiscard]] std::shared_ptr<const Transport> smtp_transport(SmtpSettings settings);

/// Takes `smtp://user:password@host:port` apart.
/// Errors: invalid_argument, saying what is accepted.
[[nodiscard]] actors::Result<SmtpSettings> parse_smtp_url(const std::string& url);

/// Mailgun's HTTP API.
struct MailgunSettings {
  std::string url = "https://api.mailgun.net";  ///< https://api.eu.mailgun.net in Europe
  std::string domain;
  std::string api_key;
};
[[nodiscard]] std::shared_ptr<const Transport> mailgun_transport(MailgunSettings settings);

}  // namespace coppice::app::mail
