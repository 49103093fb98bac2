#pragma once

#include <string>

#include "actors/result.hpp"
#include "actors/task.hpp"
#include "app/accounts/accounts.hpp"
#include "app/mail/mail.hpp"

namespace coppice::app::accounts {

/// The kind of mail with a link to set a new password.
inline constexpr std::string_view kResetMail = "reset_password";

struct AccountMailSettings {
  std::string from;
  std::string site;       ///< What the mail calls us: "example.com".
  std::string reset_url;  ///< The page that takes a link's secret, which is appended.
};

/// Writes a mail of the accounts. Its link is made at that moment, so that the secret is nowhere
/// but in the mail. Errors: not_found for an address without an account, and for a kind that is not
/// known; those of the database. Thread: an actor's.
[[nodiscard]] actors::Task<actors::Result<mail::Mail>> write_account_mail(
    Accounts accounts, AccountMailSettings settings, std::string kind, std::string recipient);

}  // namespace coppice::app::accounts
