#include "app/rooms/history/read_history.hpp"

#include "db/position.hpp"
#include "db/query.hpp"

namespace coppice::app::rooms {
namespace {

using actors::Result;

template <class... Args>
Result<std::vector<KeptMessage>> read_kept(db::Connection& db, std::string_view sql,
                                           const Args&... values) {
  std::vector<KeptMessage> messages;
  const auto add = [&](const db::Statement& row) {
    const auto payload = row.get<db::BlobView>(4);
    messages.push_back(
        {.position = row.get<std::int64_t>(0),
         .said = {.topic = row.get<std::string>(1),
                  .event = row.get<std::string>(2),
                  .is_binary = row.get<bool>(3),
                  .payload =
                      std::string(reinterpret_cast<const char*>(payload.data()), payload.size())}});
  };
  auto done = db::for_each_row(db, add, sql, values...);
  if (!done) return std::unexpected(std::move(done.error()));
  return messages;
}

/// After which position a topic's history is whole.
Result<std::int64_t> read_trimmed(db::Connection& db, const std::string& topic) {
  const auto trimmed = db::query_value<std::int64_t>(
      db,
      "SELECT coalesce((SELECT trimmed FROM coppice_message_topics WHERE topic = ?), "
      "(SELECT last_id FROM coppice_message_topics_forgotten))",
      topic);
  if (!trimmed) return std::unexpected(trimmed.error());
  return trimmed->value_or(0);
}

}  // namespace

Result<HistoryPoint> read_point(db::Connection& db) {
  const auto position = db::read_position(db);
  if (!position) return std::unexpected(position.error());
  const auto last = db::query_value<std::int64_t>(
      db, "SELECT seq FROM sqlite_sequence WHERE name = 'coppice_messages'");
  if (!last) return std::unexpected(last.error());
  return HistoryPoint{.epoch = position->epoch, .position = last->value_or(0)};
}

Result<HistoryPage> read_history(db::Connection& db, const std::string& topic,
                                 std::optional<HistoryPoint> since) {
  const auto now = read_point(db);
  if (!now) return std::unexpected(now.error());
  const auto trimmed = read_trimmed(db, topic);
  if (!trimmed) return std::unexpected(trimmed.error());
  const auto from = since.value_or(HistoryPoint{.epoch = now->epoch, .position = 0});
  HistoryPage page{.now = *now, .complete = false, .messages = {}};
  page.complete =
      from.epoch == now->epoch && from.position >= *trimmed && from.position <= now->position;
  auto messages = read_kept(db,
                            "SELECT id, topic, event, is_binary, payload FROM coppice_messages "
                            "WHERE topic = ? AND id > ? ORDER BY id",
                            topic, page.complete ? from.position : 0);
  if (!messages) return std::unexpected(std::move(messages.error()));
  page.messages = std::move(*messages);
  return page;
}

Result<std::vector<KeptMessage>> read_messages(db::Connection& db, std::int64_t since,
                                               std::int64_t end) {
  return read_kept(db,
                   "SELECT id, topic, event, is_binary, payload FROM coppice_messages "
                   "WHERE id > ? AND id < ? ORDER BY id",
                   since, end);
}

}  // namespace coppice::app::rooms
