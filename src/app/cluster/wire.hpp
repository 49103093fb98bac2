#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"

namespace coppice::app::cluster {

/// What carries letters between nodes: NATS, or what tests have in its place.
///
/// Thread: one that may be blocked for a moment.
class Wire {
 public:
  Wire() noexcept = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  /// What has been published is sent, within a moment. Nothing more is received afterwards.
  virtual ~Wire() = default;

  /// Sends to all other nodes that listen to @p subject. Keeps what it is given while it has no
  /// connection, as far as there is room.
  /// Errors: overloaded when there is none; unavailable.
  [[nodiscard]] virtual actors::Result<void> publish(const std::string& subject,
                                                     std::string_view bytes) = 0;

  /// Waits, for a moment at the most, until what has been published is on its way to other nodes.
  virtual void flush() = 0;

  [[nodiscard]] virtual bool is_connected() const = 0;

  /// Why it will never have a connection again, so that another wire is needed; nothing as long as
  /// it may.
  [[nodiscard]] virtual std::optional<std::string> given_up() const = 0;
};

/// What a wire calls, on threads of its own, never two at a time.
struct WireEvents {
  std::function<void(std::string_view subject, std::string_view bytes)> received;
  /// It has, or has no more, a connection. @p why is for people.
  std::function<void(bool connected, const std::string& why)> changed;
};

/// Makes one that listens to these subjects.
/// Errors: why that can't be; a server that does not answer yet is no reason.
using OpenWire = std::function<actors::Result<std::unique_ptr<Wire>>(
    std::vector<std::string> subjects, WireEvents events)>;

}  // namespace coppice::app::cluster
