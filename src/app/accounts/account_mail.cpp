#include "app/accounts/account_mail.hpp"

#include <utility>

#include <fmt/format.h>

#include "app/accounts/credential_commands.hpp"
#include "app/accounts/secret.hpp"

namespace coppice::app::accounts {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using actors::Task;

constexpr auto kWriteTimeout = std::chrono::seconds(5);
constexpr std::int64_t kLinkMinutes = 60;
constexpr std::int64_t kSecondsPerMinute = 60;

mail::Mail reset_mail(const AccountMailSettings& settings, const User& user,
                      const std::string& secret) {
  return {.from = settings.from,
          .to = user.email,
          .subject = "Set a new password for " + settings.site,
          .text = fmt::format(
              "Hello {},\n\n"
              "somebody, most likely you, asked for a new password for your account at {}.\n"
              "This link lets you set one, once, within {} minutes:\n\n"
              "{}{}\n\n"
              "If it wasn't you, there is nothing to do: your password stays as it is.\n",
              user.name, settings.site, kLinkMinutes, settings.reset_url, secret)};
}

}  // namespace

Task<Result<mail::Mail>> write_account_mail(Accounts accounts, AccountMailSettings settings,
                                            std::string kind, std::string recipient) {
  if (kind != kResetMail) co_return fail(Errc::not_found, "there is no mail of kind " + kind);
  const std::string secret = new_secret();
  CreateResetToken create{.email = std::move(recipient),
                          .token_hash = secret_hash(secret),
                          .expires_at = accounts.now() + kLinkMinutes * kSecondsPerMinute};
  const auto user = co_await accounts.database().execute(std::move(create), kWriteTimeout);
  if (!user) co_return std::unexpected(user.error());
  co_return reset_mail(settings, user->value, secret);
}

}  // namespace coppice::app::accounts
