#include "app/account_config.hpp"

#include <utility>

#include "app/config.hpp"
#include "app/config_reader.hpp"

namespace coppice::app {
namespace {

constexpr std::uint32_t kMostDays = 3650;

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
  const std::string url = reader.text(name, fallback);
  if (is_web_address(url)) return url;
  reader.reject(name, url, "an address that begins with https:// or http://");
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
  if (mail.mailgun) return "no-reply@" + mail.mailgun->domain;
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

}  // namespace

AccountConfig read_account_config(ConfigReader& reader, const Config& config) {
  return {.session = read_session(reader, config), .mail = read_mail(reader, config)};
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
  };
}

std::shared_ptr<const mail::Transport> make_transport(const MailConfig& config) {
  if (config.smtp) return mail::smtp_transport(*config.smtp);
  if (config.mailgun) return mail::mailgun_transport(*config.mailgun);
  return config.to_log ? mail::log_transport() : mail::no_transport();
}

}  // namespace coppice::app
