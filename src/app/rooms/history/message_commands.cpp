#include "app/rooms/history/message_commands.hpp"

#include <map>
#include <span>

#include "db/query.hpp"

namespace coppice::app::rooms {
namespace {

using actors::Result;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

Result<std::int64_t> insert(db::Connection& db, const Said& said, std::int64_t now) {
  auto inserted = db.execute(
      "INSERT INTO coppice_messages (topic, event, is_binary, payload, at) VALUES (?, ?, ?, ?, ?)",
      said.topic, said.event, said.is_binary, bytes_of(said.payload), now);
  if (!inserted) return std::unexpected(std::move(inserted.error()));
  return db.last_insert_rowid();
}

/// What one command adds to a topic.
struct Added {
  std::int64_t messages = 0;
  std::int64_t bytes = 0;
  std::int64_t last_id = 0;
};

/// A topic that comes anew may have been there before, and been forgotten.
Result<void> note_added(db::Connection& db, const std::string& topic, const Added& added) {
  return db.execute(
      "INSERT INTO coppice_message_topics (topic, last_id, trimmed, messages, bytes) "
      "SELECT ?1, ?2, last_id, ?3, ?4 FROM coppice_message_topics_forgotten WHERE true "
      "ON CONFLICT DO UPDATE SET last_id = ?2, messages = messages + ?3, bytes = bytes + ?4",
      topic, added.last_id, added.messages, added.bytes);
}

/// How far a topic reaches beyond the bounds: through which message, how many, how much.
struct Surplus {
  std::int64_t through = 0;
  std::int64_t messages = 0;
  std::int64_t bytes = 0;
};

Result<Surplus> find_surplus(db::Connection& db, const std::string& topic,
                             const HistoryBounds& bounds, std::int64_t now) {
  const auto kept = db::query_one<std::int64_t, std::int64_t>(
      db, "SELECT messages, bytes FROM coppice_message_topics WHERE topic = ?", topic);
  if (!kept) return std::unexpected(kept.error());
  Surplus surplus;
  if (!*kept) return surplus;
  const auto [messages, bytes] = **kept;
  const auto look = [&](const db::Statement& row) {
    const bool fits = messages - surplus.messages <= bounds.most_messages &&
                      bytes - surplus.bytes <= bounds.most_bytes &&
                      row.get<std::int64_t>(2) >= now - bounds.most_seconds;
    if (fits) return false;
    surplus.through = row.get<std::int64_t>(0);
    surplus.messages += 1;
    surplus.bytes += row.get<std::int64_t>(1);
    return true;
  };
  auto done = db::for_each_row(
      db, look, "SELECT id, length(payload), at FROM coppice_messages WHERE topic = ? ORDER BY id",
      topic);
  if (!done) return std::unexpected(std::move(done.error()));
  return surplus;
}

Result<void> trim(db::Connection& db, const std::string& topic, const HistoryBounds& bounds,
                  std::int64_t now) {
  const auto surplus = find_surplus(db, topic, bounds, now);
  if (!surplus) return std::unexpected(surplus.error());
  if (surplus->messages == 0) return {};
  auto deleted = db.execute("DELETE FROM coppice_messages WHERE topic = ? AND id <= ?", topic,
                            surplus->through);
  if (!deleted) return deleted;
  return db.execute(
      "UPDATE coppice_message_topics SET trimmed = ?2, messages = messages - ?3, "
      "bytes = bytes - ?4 WHERE topic = ?1",
      topic, surplus->through, surplus->messages, surplus->bytes);
}

Result<void> forget_topic(db::Connection& db, const std::string& topic, std::int64_t last_id) {
  auto noted =
      db.execute("UPDATE coppice_message_topics_forgotten SET last_id = max(last_id, ?)", last_id);
  if (!noted) return noted;
  auto deleted = db.execute("DELETE FROM coppice_messages WHERE topic = ?", topic);
  if (!deleted) return deleted;
  return db.execute("DELETE FROM coppice_message_topics WHERE topic = ?", topic);
}

/// Forgets topics of which nothing is left, and those beyond the most.
Result<void> forget_topics(db::Connection& db) {
  const auto beyond = db::query<std::string, std::int64_t>(
      db,
      "SELECT topic, last_id FROM coppice_message_topics WHERE messages = 0 "
      "UNION SELECT topic, last_id FROM (SELECT topic, last_id FROM coppice_message_topics "
      "ORDER BY last_id DESC LIMIT -1 OFFSET ?)",
      kMostTopics);
  if (!beyond) return std::unexpected(beyond.error());
  for (const auto& [topic, last_id] : *beyond) {
    if (auto forgotten = forget_topic(db, topic, last_id); !forgotten) return forgotten;
  }
  return {};
}

}  // namespace

Result<std::int64_t> KeepMessages::run(db::Connection& db) const {
  if (messages.empty()) return actors::fail(actors::Errc::invalid_argument, "no messages");
  std::int64_t last_id = 0;
  std::map<std::string, Added> topics;
  for (const auto& said : messages) {
    const auto id = insert(db, said, now);
    if (!id) return std::unexpected(id.error());
    last_id = *id;
    auto& added = topics[said.topic];
    added.messages += 1;
    added.bytes += static_cast<std::int64_t>(said.payload.size());
    added.last_id = last_id;
  }
  for (const auto& [topic, added] : topics) {
    if (auto noted = note_added(db, topic, added); !noted) return std::unexpected(noted.error());
    if (auto trimmed = trim(db, topic, bounds, now); !trimmed) {
      return std::unexpected(trimmed.error());
    }
  }
  if (auto forgotten = forget_topics(db); !forgotten) return std::unexpected(forgotten.error());
  return last_id - static_cast<std::int64_t>(messages.size()) + 1;
}

Result<std::int64_t> TrimTopics::run(db::Connection& db) const {
  const auto topics =
      db::query<std::string>(db, "SELECT DISTINCT topic FROM coppice_messages WHERE at < ? LIMIT ?",
                             now - bounds.most_seconds, most_topics);
  if (!topics) return std::unexpected(topics.error());
  for (const auto& [topic] : *topics) {
    if (auto trimmed = trim(db, topic, bounds, now); !trimmed) {
      return std::unexpected(trimmed.error());
    }
  }
  if (auto forgotten = forget_topics(db); !forgotten) return std::unexpected(forgotten.error());
  return static_cast<std::int64_t>(topics->size());
}

void add_message_commands(db::CommandRegistry& registry) {
  registry.add<KeepMessages>();
  registry.add<TrimTopics>();
}

}  // namespace coppice::app::rooms
