#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "actors/runtime.hpp"
#include "app/crashes/read_crashes.hpp"
#include "supervisor/tree.hpp"

namespace coppice::app::admin {

/// What operators see of actors and can do to them, as functions that block.
///
/// Paths are places in the tree: "/database/writer". Errors of all that take one: not_found, and
/// timeout when the actor or its supervisor doesn't answer.
///
/// Thread: any that is no shard's.
class ActorControl {
 public:
  /// The last crashes of the place @p path that the ledger has, newest first. May block.
  using CrashesAt =
      std::function<actors::Result<std::vector<crashes::KeptCrash>>(const std::string& path)>;

  /// @param drills  Whether actors may be made to crash.
  /// @param crashes_at  For inspect(); none where nobody keeps them.
  ActorControl(actors::Runtime& runtime, bool drills, CrashesAt crashes_at = {});

  /// The tree as JSON. Of a dynamic supervisor whose children are only counted it has
  /// `children_count` in the place of `children`.
  [[nodiscard]] std::string tree(supervisor::DynamicChildren dynamic) const;
  /// One actor as JSON. Works, with less in it, while the actor's shard is stuck.
  /// @param which  A place, or the pid of who lives in one: "<0.7.1>". Errors: invalid_argument for
  /// what only looks like a pid.
  [[nodiscard]] actors::Result<std::string> inspect(const std::string& which) const;

  [[nodiscard]] actors::Result<void> restart(const std::string& path);
  /// Stops an actor for good: until it, or what it belongs to, is restarted.
  /// Errors: conflict for the operators' own way in, as then nobody could restart it.
  [[nodiscard]] actors::Result<void> stop(const std::string& path);
  /// Ends an actor at once, without its terminate hook; its supervisor starts it again, if it does
  /// so after crashes. Does not wait for it. Errors: conflict, as of stop(); noproc if nobody lives
  /// there.
  [[nodiscard]] actors::Result<void> kill(const std::string& path);
  /// Errors: conflict, as of stop().
  [[nodiscard]] actors::Result<void> suspend(const std::string& path);
  [[nodiscard]] actors::Result<void> resume(const std::string& path);
  /// Errors: forbidden unless drills are allowed; noproc if nobody lives there.
  [[nodiscard]] actors::Result<void> crash(const std::string& path);

 private:
  [[nodiscard]] actors::Result<void> spare_ourselves(const std::string& path,
                                                     std::string_view what) const;
  [[nodiscard]] actors::Result<actors::Pid> who_lives_at(const std::string& path) const;

  actors::Runtime& runtime_;
  const bool drills_;
  const CrashesAt crashes_at_;
};

}  // namespace coppice::app::admin
