#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "actors/server.hpp"
#include "app/mail/mail_record.hpp"
#include "app/mail/outbox.hpp"
#include "app/mail/transport.hpp"
#include "db/child_slot.hpp"
#include "db/database.hpp"

namespace coppice::app::mail {

/// Writes a mail of some kind to somebody. Errors: not_found when there is nothing to be sent,
/// which is no failure; others when it may work later.
using WriteMail =
    std::function<actors::Task<actors::Result<Mail>>(std::string kind, std::string recipient)>;

struct MailerParts {
  db::Database database;
  WriteMail write;
  std::shared_ptr<const Transport> transport;
  std::function<std::int64_t()> clock;  ///< Seconds since 1970.
  std::shared_ptr<MailRecord> record = std::make_shared<MailRecord>();
};

/// Sends the mails of the outbox, one after the other. One that can't be sent is tried again after
/// longer and longer pauses, for about a day, and then given up with a line in the log.
///
/// Thread: its shard; a mail is sent on one of the runtime's threads for what blocks.
class Mailer final : public actors::Server<Mailer> {
 public:
  using Slot = db::ChildSlot<Mailer>;
  Mailer(MailerParts parts, std::shared_ptr<Slot> slot);

  void init();

  /// Something was put into the outbox.
  struct Wake {};
  void handle(Wake message);

  [[nodiscard]] std::string describe() const override;

 private:
  actors::Task<void> work();
  actors::Task<actors::Result<bool>> send_next();
  actors::Task<void> send(WaitingMail waiting);
  actors::Task<actors::Result<void>> hand_over(Mail mail);
  actors::Task<void> finish(std::int64_t id);
  actors::Task<void> postpone(WaitingMail waiting, actors::Error error);
  void wait_until(std::int64_t due_at);

  const MailerParts parts_;
  const std::shared_ptr<Slot> slot_;
  std::stop_source stop_;
  bool working_ = false;
  bool woken_ = false;   ///< While it was working.
  std::string trouble_;  ///< Of the last attempt, if it failed.
};

}  // namespace coppice::app::mail
