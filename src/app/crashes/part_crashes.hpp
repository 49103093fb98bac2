#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "actors/runtime.hpp"
#include "app/log_limits.hpp"

namespace coppice::app::crashes {

/// Crashes of one kind of parts that are no actors, such as channels or the handlers of requests:
/// they are told, counted and kept as those of actors are, but for floods of them: of one of the
/// parts, lest that hides the crashes of another.
///
/// Thread: any.
class PartCrashes {
 public:
  /// Of each part in each period; its others are only counted.
  static constexpr std::uint32_t kMost = 60;
  static constexpr auto kPeriod = std::chrono::minutes(1);
  /// So many parts are told apart at a time; clients can name new ones without end.
  static constexpr std::size_t kParts = 64;

  /// @param part  What has crashed: "channel".
  /// @param doing  And what it is always doing: "channel event". The runtime must outlive this.
  PartCrashes(actors::Runtime& runtime, std::string part, std::string doing)
      : runtime_(runtime), part_(std::move(part)), doing_(std::move(doing)) {}

  /// @param path  Which one: a topic, a route. May come from a client.
  /// @param detail  What else to say, for people.
  /// @param request_id  Of the request that was handled: Request::id.
  void report(std::string_view path, const std::exception_ptr& failure,
              std::string_view detail = {}, std::string_view request_id = {});

 private:
  actors::Runtime& runtime_;
  const std::string part_;
  const std::string doing_;
  LogLimits limits_{kMost, kPeriod, kParts};
};

using PartCrashesPtr = std::shared_ptr<PartCrashes>;

}  // namespace coppice::app::crashes
