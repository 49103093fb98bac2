#pragma once

#include <string>
#include <string_view>

namespace coppice::bench {

/// How a server is spoken to: Coppice in Phoenix channels, its peers in what peers/bun.mjs says.
/// Messages are finished frames.
class Dialect {
 public:
  /// Throws std::invalid_argument for a name that is neither "channels" nor "plain".
  explicit Dialect(std::string_view name);

  // What to connect to.
  [[nodiscard]] std::string idle_target() const;
  [[nodiscard]] std::string echo_target() const;
  [[nodiscard]] std::string topic_target(const std::string& topic) const;
  [[nodiscard]] std::string room_target(const std::string& room, const std::string& key) const;

  /// What a connected client has to send to join a topic, and then awaits the answer to; empty if
  /// being connected is all.
  [[nodiscard]] std::string join(const std::string& topic) const;

  /// What is sent back, as a channel's reply or as it is.
  [[nodiscard]] std::string echo(std::string_view payload) const;

  /// What goes to everybody in a topic.
  [[nodiscard]] std::string publish(const std::string& topic, std::string_view payload) const;

  // Presence: to appear in a room, and to vanish.
  [[nodiscard]] std::string appear(const std::string& room, const std::string& key) const;
  [[nodiscard]] std::string vanish(const std::string& room, const std::string& key) const;

  // What messages from the server are.
  [[nodiscard]] bool is_reply(std::string_view text) const;
  [[nodiscard]] bool is_published(std::string_view text) const;
  [[nodiscard]] bool is_state(std::string_view text) const;
  [[nodiscard]] bool has_vanished(std::string_view text, const std::string& key) const;

 private:
  const bool channels_;
};

}  // namespace coppice::bench
