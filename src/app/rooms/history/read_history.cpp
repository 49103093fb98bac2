#include "app/rooms/history/read_history.hpp"

#include <algorithm>

#include "db/position.hpp"
#include "db/query.hpp"

namespace coppice::app::rooms {
namespace {

using actors::Result;

// The member that says a message's position, or the object that a marker is.
constexpr std::size_t kPositionBytes = 40;

KeptMessage message_of(const db::Statement& row) {
  const auto payload = row.get<db::BlobView>(4);
  return {.position = row.get<std::int64_t>(0),
          .said = {.topic = row.get<std::string>(1),
                   .event = row.get<std::string>(2),
                   .is_binary = row.get<bool>(3),
                   .payload =
                       std::string(reinterpret_cast<const char*>(payload.data()), payload.size())}};
}

/// At the most; bytes are followed by a frame that says their position.
std::size_t bytes_of_frames(const Said& said, std::size_t overhead) {
  const auto frames = said.is_binary ? 2U : 1U;
  return frames * overhead + said.event.size() + said.payload.size() + kPositionBytes;
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
                                 std::optional<HistoryPoint> since, const HistoryBudget& budget) {
  const auto now = read_point(db);
  if (!now) return std::unexpected(now.error());
  const auto trimmed = read_trimmed(db, topic);
  if (!trimmed) return std::unexpected(trimmed.error());
  const auto from = since.value_or(HistoryPoint{.epoch = now->epoch, .position = 0});
  HistoryPage page{.now = *now, .complete = false, .messages = {}};
  page.complete =
      from.epoch == now->epoch && from.position >= *trimmed && from.position <= now->position;
  std::size_t left = budget.bytes;
  const auto add = [&](const db::Statement& row) {
    auto message = message_of(row);
    const auto bytes = bytes_of_frames(message.said, budget.overhead);
    if (bytes > left) {
      page.complete = false;
      return false;
    }
    left -= bytes;
    page.messages.push_back(std::move(message));
    return true;
  };
  const std::int64_t after = page.complete ? from.position : 0;
  auto done = db::for_each_row(db, add,
                               "SELECT id, topic, event, is_binary, payload FROM coppice_messages "
                               "WHERE topic = ? AND id > ? ORDER BY id DESC",
                               topic, after);
  if (!done) return std::unexpected(std::move(done.error()));
  std::ranges::reverse(page.messages);
  return page;
}

void keep_newest(HistoryPage& page, const HistoryBudget& budget) {
  std::size_t left = budget.bytes;
  const auto fits = [&](const KeptMessage& message) {
    const auto bytes = bytes_of_frames(message.said, budget.overhead);
    if (bytes > left) return false;
    left -= bytes;
    return true;
  };
  auto& messages = page.messages;
  const auto first = std::find_if_not(messages.rbegin(), messages.rend(), fits).base();
  if (first == messages.begin()) return;
  page.complete = false;
  messages.erase(messages.begin(), first);
}

Result<std::vector<KeptMessage>> read_messages(db::Connection& db, std::int64_t since,
                                               std::int64_t end) {
  std::vector<KeptMessage> messages;
  const auto add = [&](const db::Statement& row) { messages.push_back(message_of(row)); };
  auto done = db::for_each_row(db, add,
                               "SELECT id, topic, event, is_binary, payload FROM coppice_messages "
                               "WHERE id > ? AND id < ? ORDER BY id",
                               since, end);
  if (!done) return std::unexpected(std::move(done.error()));
  return messages;
}

}  // namespace coppice::app::rooms
