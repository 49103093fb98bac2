#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/pid.hpp"

namespace coppice::actors {

/// Says for whom the calling thread works, and at what, while this exists. For code that Asio runs
/// on behalf of an actor, outside of its turns: should it hold its shard too long, the watchdog and
/// operators can name it. One at a time; of two, the outer is forgotten. Costs some stores.
///
/// Only around plain code: never across a co_await.
class WorkNote {
 public:
  static constexpr std::size_t kMostBytes = 80;

  /// The note is `what of topic`, cut to kMostBytes.
  WorkNote(Pid whose, std::string_view what, std::string_view topic);
  WorkNote(const WorkNote&) = delete;
  WorkNote& operator=(const WorkNote&) = delete;
  ~WorkNote();

  struct Seen {
    Pid whose;
    std::string what;
  };

  /// What there is of the thread of that native handle, as Shard::native_thread() gives it.
  /// Thread: any.
  [[nodiscard]] static std::optional<Seen> of_thread(std::uint64_t native_thread);
};

}  // namespace coppice::actors
