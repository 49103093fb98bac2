#include "app/mail/outbox.hpp"

#include "db/query.hpp"

namespace coppice::app::mail {

using actors::Errc;
using actors::fail;
using actors::Result;

Result<std::optional<WaitingMail>> next_mail(db::Connection& db) {
  auto row = db::query_one<std::int64_t, std::string, std::string, std::int64_t, std::int64_t>(
      db,
      "SELECT id, kind, recipient, due_at, attempts FROM coppice_mails ORDER BY due_at, id LIMIT "
      "1");
  if (!row) return std::unexpected(std::move(row.error()));
  if (!*row) return std::nullopt;
  auto& [id, kind, recipient, due_at, attempts] = **row;
  return WaitingMail{id, std::move(kind), std::move(recipient), due_at, attempts};
}

Result<void> RequestMail::run(db::Connection& db) const {
  const auto waiting = db::query_value<std::int64_t>(db, "SELECT count(*) FROM coppice_mails");
  if (!waiting) return std::unexpected(waiting.error());
  if (**waiting >= kMostWaitingMails) return fail(Errc::overloaded, "too many mails wait");
  return db.execute(
      "INSERT INTO coppice_mails (kind, recipient, created_at, due_at) VALUES (?, ?, ?, ?) "
      "ON CONFLICT (kind, recipient) DO UPDATE SET created_at = excluded.created_at, "
      "due_at = min(due_at, excluded.due_at)",
      kind, recipient, now, now);
}

Result<void> FinishMail::run(db::Connection& db) const {
  return db.execute("DELETE FROM coppice_mails WHERE id = ?", id);
}

Result<void> PostponeMail::run(db::Connection& db) const {
  return db.execute(
      "UPDATE coppice_mails SET due_at = ?, attempts = attempts + 1, last_error = ? WHERE id = ?",
      due_at, error, id);
}

void add_mail_commands(db::CommandRegistry& registry) {
  registry.add<RequestMail>();
  registry.add<FinishMail>();
  registry.add<PostponeMail>();
}

}  // namespace coppice::app::mail
