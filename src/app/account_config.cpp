#include "app/account_config.hpp"

#include <utility>

#include "app/config.hpp"
#include "app/config_reader.hpp"

namespace coppice::app {
namespace {

using net::http::SameSite;

constexpr std::uint32_t kMostDays = 3650;
constexpr std::string_view kWebAddress = "an address that begins with https:// or http://";

SameSite same_site_from(const std::string& name) {
  if (name == "strict") return SameSite::strict;
  return name == "none" ? SameSite::none : SameSite::lax;
}

bool is_domain(const std::string& text) {
  constexpr std::string_view kAccepted =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
      "0123456789.-";
  return text.find_first_not_of(kAccepted) == std::string::npos && !text.ends_with('.');
}

SessionConfig read_session(ConfigReader& reader, const Config& config) {
  SessionConfig session;
  session.domain = reader.text("SESSION_COOKIE_DOMAIN", "");
  if (!is_domain(session.domain)) {
    reader.reject("SESSION_COOKIE_DOMAIN", session.domain, "a domain such as example.com");
  }
  session.same_site =
      same_site_from(reader.choice("SESSION_SAME_SITE", "lax", {"lax", "strict", "none"}));
  // Browsers take a cookie that goes to every site over HTTPS only.
  session.secure =
      config.environment == Environment::production || session.same_site == SameSite::none;
  session.idle = std::chrono::days(reader.number("SESSION_IDLE_DAYS", 14, 1, kMostDays));
  session.limit = std::chrono::days(reader.number("SESSION_MAX_DAYS", 60, 1, kMostDays));
  return session;
}

bool is_web_address(const std::string& url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

std::string web_address(ConfigReader& reader, std::string_view name, std::string fallback) {
  std::string url = reader.text(name, fallback);
  if (is_web_address(url)) return url;
  reader.reject(name, url, kWebAddress);
  return fallback;
}

std::optional<mail::SmtpSettings> read_smtp(ConfigReader& reader) {
  const auto url = reader.find("SMTP_URL");
  if (!url) return std::nullopt;
  auto settings = mail::parse_smtp_url(*url);
  if (settings) return std::move(*settings);
  // It may hold a password.
  reader.reject("SMTP_URL", "(not shown)", settings.error().context);
  return std::nullopt;
}

std::optional<mail::MailgunSettings> read_mailgun(ConfigReader& reader) {
  if (!reader.find("MAILGUN_API_KEY")) return std::nullopt;
  mail::MailgunSettings settings;
  settings.api_key = reader.text("MAILGUN_API_KEY", "");
  settings.domain =
      reader.required("MAILGUN_DOMAIN", "set it to the domain that Mailgun sends mail for");
  settings.url = web_address(reader, "MAILGUN_URL", settings.url);
  return settings;
}

std::string default_sender(const MailConfig& mail, const std::string& host) {
  const bool has_domain = mail.mailgun && !mail.mailgun->domain.empty();
  if (has_domain) return "no-reply@" + mail.mailgun->domain;
  return "no-reply@" + (host.empty() ? std::string("localhost") : host);
}

MailConfig read_mail(ConfigReader& reader, const Config& config) {
  MailConfig mail;
  mail.smtp = read_smtp(reader);
  mail.mailgun = read_mailgun(reader);
  if (mail.smtp && mail.mailgun) {
    reader.reject("SMTP_URL", "(not shown)", "either SMTP_URL or MAILGUN_API_KEY, not both");
  }
  mail.to_log = config.environment == Environment::development;
  mail.from = reader.text("MAIL_FROM", default_sender(mail, config.host));
  if (!mail::is_mailbox(mail.from)) {
    reader.reject("MAIL_FROM", mail.from, "an address, or Name <address>");
  }
  const std::string local = "localhost:" + std::to_string(config.port);
  mail.site = config.host.empty() ? local : config.host;
  const std::string base = config.host.empty() ? "http://" + local : "https://" + config.host;
  mail.reset_url = web_address(reader, "PASSWORD_RESET_URL", base + "/reset-password#");
  return mail;
}

/// The variables of one provider.
struct ProviderVariables {
  std::string_view name;
  std::string_view issuer;  ///< The variable, or where it is known the issuer itself.
  std::string_view client_id;
  std::string_view client_secret;
  std::string_view redirect_uri;
};

constexpr ProviderVariables kGoogle{"google", "https://accounts.google.com", "GOOGLE_CLIENT_ID",
                                    "GOOGLE_CLIENT_SECRET", "GOOGLE_REDIRECT_URI"};
constexpr ProviderVariables kAnyProvider{"oidc", "OIDC_ISSUER", "OIDC_CLIENT_ID",
                                         "OIDC_CLIENT_SECRET", "OIDC_REDIRECT_URI"};

void read_provider(ConfigReader& reader, const ProviderVariables& names, SignInConfig& config) {
  constexpr std::string_view kAdvice = "it belongs to the provider's client id";
  const auto client_id = reader.find(names.client_id);
  if (!client_id) return;
  oidc::ProviderSettings settings{.name = std::string(names.name),
                                  .issuer = std::string(names.issuer),
                                  .client_id = *client_id,
                                  .client_secret = reader.required(names.client_secret, kAdvice),
                                  .redirect_uri = reader.required(names.redirect_uri, kAdvice)};
  if (!is_web_address(settings.issuer)) settings.issuer = reader.required(names.issuer, kAdvice);
  if (!settings.issuer.empty() && !is_web_address(settings.issuer)) {
    reader.reject(names.issuer, settings.issuer, kWebAddress);
  }
  const auto& uri = settings.redirect_uri;
  if (!uri.empty() && !oidc::callback_path(uri)) {
    reader.reject(names.redirect_uri, uri,
                  "this server's public address with a path, such as https://example.com/auth/" +
                      settings.name + "/callback");
  }
  config.providers.push_back(std::move(settings));
}

SignInConfig read_sign_in(ConfigReader& reader) {
  SignInConfig config;
  read_provider(reader, kGoogle, config);
  read_provider(reader, kAnyProvider, config);
  const auto& providers = config.providers;
  if (providers.size() == 2 && oidc::callback_path(providers[0].redirect_uri) ==
                                   oidc::callback_path(providers[1].redirect_uri)) {
    reader.reject(kAnyProvider.redirect_uri, providers[1].redirect_uri,
                  "another path than that of GOOGLE_REDIRECT_URI");
  }
  config.may_create = reader.flag("SIGN_UP_WITH_PROVIDER");
  config.after = reader.text("SIGN_IN_REDIRECT", config.after);
  if (config.after.starts_with('/') && !config.after.starts_with("//")) return config;
  if (!is_web_address(config.after)) {
    reader.reject("SIGN_IN_REDIRECT", config.after, "a path such as /admin, or a web address");
  }
  return config;
}

}  // namespace

AccountConfig read_account_config(ConfigReader& reader, const Config& config) {
  return {.session = read_session(reader, config),
          .mail = read_mail(reader, config),
          .sign_in = read_sign_in(reader)};
}

std::vector<Variable> account_variables() {
  return {
      {"SESSION_COOKIE_DOMAIN", "",
       "domain whose subdomains share the session; without it the host alone has it"},
      {"SESSION_SAME_SITE", "lax", "lax, strict or none: with which requests browsers send it"},
      {"SESSION_IDLE_DAYS", "14", "a session that is not used for so many days ends, 1 to 3650"},
      {"SESSION_MAX_DAYS", "60", "a session ends after so many days, 1 to 3650"},
      {"MAIL_FROM", "no-reply at PHX_HOST", "who mails are from: an address, or Name <address>"},
      {"PASSWORD_RESET_URL", "/reset-password# at PHX_HOST",
       "page that lets people set a new password; the link's secret is appended"},
      {"SMTP_URL", "in development mails go to the log",
       "server that takes mails: smtp://user:password@host:587 or smtps://…"},
      {"MAILGUN_API_KEY", "", "sends mails through Mailgun instead"},
      {"MAILGUN_DOMAIN", "required with MAILGUN_API_KEY", "the domain that Mailgun sends for"},
      {"MAILGUN_URL", "https://api.mailgun.net", "https://api.eu.mailgun.net in Europe"},
      {"GOOGLE_CLIENT_ID", "", "lets people sign in with Google, at /auth/google"},
      {"GOOGLE_CLIENT_SECRET", "required with GOOGLE_CLIENT_ID", "the client's secret"},
      {"GOOGLE_REDIRECT_URI", "required with GOOGLE_CLIENT_ID",
       "this server's public address with the callback's path: https://…/auth/google/callback"},
      {"OIDC_ISSUER", "required with OIDC_CLIENT_ID", "any other OpenID Connect provider"},
      {"OIDC_CLIENT_ID", "", "lets people sign in with it, at /auth/oidc"},
      {"OIDC_CLIENT_SECRET", "required with OIDC_CLIENT_ID", "the client's secret"},
      {"OIDC_REDIRECT_URI", "required with OIDC_CLIENT_ID",
       "this server's public address with the callback's path: https://…/auth/oidc/callback"},
      {"SIGN_UP_WITH_PROVIDER", "false",
       "true gives an account, as member, to everybody whom a provider vouches for"},
      {"SIGN_IN_REDIRECT", "/", "where people come to when they have signed in with a provider"},
  };
}

std::shared_ptr<const mail::Transport> make_transport(const MailConfig& config) {
  if (config.smtp) return mail::smtp_transport(*config.smtp);
  if (config.mailgun) return mail::mailgun_transport(*config.mailgun);
  return config.to_log ? mail::log_transport() : mail::no_transport();
}

}  // namespace coppice::app
