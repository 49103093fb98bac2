#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/mail/transport.hpp"
#include "app/oidc/provider.hpp"
#include "net/http/cookie.hpp"

namespace coppice::app {

struct Config;
class ConfigReader;

/// One environment variable, for the help text and the check of the README's table.
struct Variable {
  std::string_view name;
  std::string_view fallback;  ///< what holds when it is not set
  std::string_view meaning;
};

struct SessionConfig {
  std::string domain;  ///< Empty: the host that set the cookie, alone.
  net::http::SameSite same_site = net::http::SameSite::lax;
  bool secure = false;  ///< Over HTTPS only.
  std::chrono::days idle{14};
  std::chrono::days limit{60};
};

struct MailConfig {
  std::string from;
  std::string site;       ///< What mails call us.
  std::string reset_url;  ///< The page that takes a link's secret, which is appended.
  std::optional<mail::SmtpSettings> smtp{};
  std::optional<mail::MailgunSettings> mailgun{};
  bool to_log = false;  ///< Without either, mails are written into the log.
};

/// Signing in with OpenID Connect providers.
struct SignInConfig {
  std::vector<oidc::ProviderSettings> providers;
  bool may_create = false;  ///< Whoever a provider vouches for gets an account.
  std::string after = "/";  ///< The page that people come to, unless they came from another.
};

struct AccountConfig {
  SessionConfig session;
  MailConfig mail;
  SignInConfig sign_in;
};

/// Reads what concerns accounts and mail. @p config has the environment, the host and the port.
[[nodiscard]] AccountConfig read_account_config(ConfigReader& reader, const Config& config);

/// The variables that it reads.
[[nodiscard]] std::vector<Variable> account_variables();

/// How mails are sent.
[[nodiscard]] std::shared_ptr<const mail::Transport> make_transport(const MailConfig& config);

}  // namespace coppice::app
