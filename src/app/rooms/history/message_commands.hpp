#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "db/command.hpp"

namespace coppice::app::rooms {

/// How much is kept of each topic: the latest messages, as far as all three allow.
struct HistoryBounds {
  std::int64_t most_messages = 100;
  std::int64_t most_bytes = std::int64_t{256} * 1024;
  std::int64_t most_seconds = std::int64_t{7} * 24 * 3600;

  auto fields(this auto& self) {
    return std::tie(self.most_messages, self.most_bytes, self.most_seconds);
  }
};

/// Of how many topics there is a history. The one that was silent for the longest is forgotten for
/// a new one, so that whoever may invent topics can't fill the disk.
inline constexpr std::int64_t kMostTopics = 1000;

/// Something said on a topic.
struct Said {
  std::string topic;
  std::string event;
  bool is_binary = false;
  std::string payload;  ///< JSON text of an object, or bytes.

  auto fields(this auto& self) {
    return std::tie(self.topic, self.event, self.is_binary, self.payload);
  }
};

/// Keeps messages, and what they push out of the bounds no longer. Gives the position of the first;
/// the others have those that follow.
struct KeepMessages {
  static constexpr std::string_view kName = "rooms.keep_messages";
  using Reply = std::int64_t;

  std::vector<Said> messages;
  std::int64_t now = 0;  ///< Seconds since 1970.
  HistoryBounds bounds;

  auto fields(this auto& self) { return std::tie(self.messages, self.now, self.bounds); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Forgets what is older than the bounds allow, on at the most so many topics. Gives the number of
/// topics that it found.
struct TrimTopics {
  static constexpr std::string_view kName = "rooms.trim_topics";
  using Reply = std::int64_t;

  std::int64_t now = 0;
  HistoryBounds bounds;
  std::int64_t most_topics = 0;

  auto fields(this auto& self) { return std::tie(self.now, self.bounds, self.most_topics); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Makes the writer know these commands.
void add_message_commands(db::CommandRegistry& registry);

}  // namespace coppice::app::rooms
