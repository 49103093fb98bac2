#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "app/rooms/history/message_commands.hpp"
#include "db/connection.hpp"

namespace coppice::app::rooms {

/// A point in what was said: everything through that position, in a database of that epoch.
struct HistoryPoint {
  std::int64_t epoch = 0;  ///< The database's; see db::Position.
  std::int64_t position = 0;

  friend bool operator==(const HistoryPoint&, const HistoryPoint&) = default;
};

struct KeptMessage {
  std::int64_t position = 0;
  Said said;
};

/// What a client can be sent of a history at once: its queue holds twice as much.
struct HistoryBudget {
  std::size_t bytes = std::size_t{512} * 1024;  ///< Of whole frames.
  std::size_t overhead = 0;  ///< What a frame has beside its payload and its event's name.
};

/// What a topic's history holds after a point.
struct HistoryPage {
  HistoryPoint now;       ///< Of the snapshot: what comes later has a position beyond it.
  bool complete = false;  ///< Whether `messages` are all that was said after the point.
  /// Oldest first; if not complete, the newest of what is kept, as far as that goes.
  std::vector<KeptMessage> messages;
};

/// @param since  Nothing for the beginning.
[[nodiscard]] actors::Result<HistoryPage> read_history(db::Connection& db, const std::string& topic,
                                                       std::optional<HistoryPoint> since,
                                                       const HistoryBudget& budget = {});

/// Leaves out the oldest messages until the others fit.
void keep_newest(HistoryPage& page, const HistoryBudget& budget);

/// What was said anywhere after @p since and before the position @p end, oldest first.
[[nodiscard]] actors::Result<std::vector<KeptMessage>> read_messages(
    db::Connection& db, std::int64_t since,
    std::int64_t end = std::numeric_limits<std::int64_t>::max());

/// Where the history is now.
[[nodiscard]] actors::Result<HistoryPoint> read_point(db::Connection& db);

}  // namespace coppice::app::rooms
