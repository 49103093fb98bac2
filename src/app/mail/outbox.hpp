#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "actors/result.hpp"
#include "db/command.hpp"
#include "db/connection.hpp"

/// Mails that were promised and not sent yet. They last: one that was promised is sent even if the
/// server ends meanwhile, at worst twice. Times are seconds since 1970.
namespace coppice::app::mail {

/// More are refused: somebody has them made faster than they can be sent.
inline constexpr std::int64_t kMostWaitingMails = 10'000;

/// A mail that waits.
struct WaitingMail {
  std::int64_t id = 0;
  std::string kind;  ///< What is to be written; see Mailer.
  std::string recipient;
  std::int64_t due_at = 0;
  std::int64_t attempts = 0;
};

/// The one that is due first. Errors: those of the statement. Thread: that of the connection.
[[nodiscard]] actors::Result<std::optional<WaitingMail>> next_mail(db::Connection& db);

/// Promises a mail. One of that kind to that address that waits already does for both, and is due
/// now, however often it has failed: somebody waits for it.
/// Errors: overloaded while kMostWaitingMails wait.
struct RequestMail {
  static constexpr std::string_view kName = "mail.request";
  using Reply = void;

  std::string kind;
  std::string recipient;
  std::int64_t now = 0;

  auto fields(this auto& self) { return std::tie(self.kind, self.recipient, self.now); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// The mail has been sent, or never will be.
struct FinishMail {
  static constexpr std::string_view kName = "mail.finish";
  using Reply = void;

  std::int64_t id = 0;

  auto fields(this auto& self) { return std::tie(self.id); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// The mail could not be sent; it is to be tried again.
struct PostponeMail {
  static constexpr std::string_view kName = "mail.postpone";
  using Reply = void;

  std::int64_t id = 0;
  std::int64_t due_at = 0;
  std::string error;

  auto fields(this auto& self) { return std::tie(self.id, self.due_at, self.error); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

void add_mail_commands(db::CommandRegistry& registry);

}  // namespace coppice::app::mail
