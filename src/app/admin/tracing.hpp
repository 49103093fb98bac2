#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "actors/result.hpp"
#include "actors/runtime.hpp"
#include "app/admin/sender_paths.hpp"
#include "app/admin/work.hpp"
#include "app/line_queue.hpp"

namespace coppice::app::admin {

/// Who is being traced: an actor by one client at a time, since the end of one trace would be that
/// of the other.
///
/// Thread: any.
class Tracing : public std::enable_shared_from_this<Tracing> {
 public:
  static constexpr std::size_t kMost = 16;

  /// @param runtime  Must outlive @p work, whose threads end traces.
  Tracing(const std::shared_ptr<Work>& work, actors::Runtime& runtime)
      : work_(work), runtime_(runtime) {}

  struct Trace {
    std::shared_ptr<LineQueue> lines;  ///< A JSON object for each message; closed with the actor.
    std::shared_ptr<void> running;     ///< The trace ends with it.
    std::shared_ptr<SenderPaths> senders;  ///< Completes the lines, for their one reader.
  };

  /// Traces what lives at @p path, until nobody holds `running` any more, and @p time at the most.
  ///
  /// Blocks: not on a shard. Errors: not_found; noproc or restarting if nobody lives there;
  /// conflict if it is being traced already; overloaded beyond kMost traces; timeout.
  [[nodiscard]] actors::Result<Trace> begin(const std::string& path, actors::Duration time);

 private:
  [[nodiscard]] actors::Result<void> claim(actors::Pid pid);
  void end(actors::Pid pid);

  const std::weak_ptr<Work> work_;  // weak, since its jobs hold this: they must not end it
  actors::Runtime& runtime_;
  std::mutex mutex_;            // guards what follows
  std::set<actors::Pid> pids_;  // of those that are traced
};

}  // namespace coppice::app::admin
