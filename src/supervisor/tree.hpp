#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/cell.hpp"
#include "actors/pid.hpp"
#include "actors/place.hpp"
#include "actors/result.hpp"
#include "actors/runtime.hpp"
#include "actors/time.hpp"

namespace coppice::supervisor {

// What operators see of the supervision tree and do to it, by path: "/database/writer". The root of
// the tree is Runtime::root(), with the path "/".
//
// Thread: any that is not a shard's. What takes a timeout blocks, and the timeout is for the whole
// of it; orders that have reached a supervisor by then stand, although nobody hears of the outcome.

/// What a walk does with the children of dynamic supervisors, of which there may be as many as
/// there are clients.
enum class DynamicChildren : std::uint8_t { walked, counted };

/// One place of the tree and what is below it, as they were when they were looked at.
struct TreeNode {
  actors::Place::Snapshot place;
  std::optional<actors::ActorStats> stats;  ///< of the incarnation that lives there
  std::vector<TreeNode> children;           ///< in the order in which they were added
  std::optional<std::size_t> counted{};     ///< how many children there are that were not walked
};

/// Walks the tree from @p place down without asking an actor, so that it works even while every
/// shard is stuck. Does not block.
[[nodiscard]] TreeNode walk(const actors::Runtime& runtime, const actors::Place& place,
                            DynamicChildren dynamic = DynamicChildren::walked);

/// Where those of @p pids live that have a place in the tree, found in one walk through it. Does
/// not block.
[[nodiscard]] std::map<actors::Pid, std::string> find_paths(const actors::Runtime& runtime,
                                                            const std::vector<actors::Pid>& pids);

/// What only the actor itself can tell.
struct Insides {
  std::string type;
  std::string state;                            ///< what describe() says, which redacts
  std::vector<actors::WaitingMessage> mailbox;  ///< the first hundred
  std::vector<std::string> awaiting;            ///< where its handler waits, innermost first
  std::vector<actors::Pid> links;
  std::vector<actors::Pid> monitors;
  std::vector<actors::Pid> monitored_by;
};

/// Everything that is known about one place.
struct Inspection {
  actors::Place::Snapshot place;  ///< with the spec in words, and the last crash
  std::optional<actors::ActorStats> stats;
  /// Errors: restarting and noproc if nobody lives there; timeout if its shard is stuck; down.
  actors::Result<Insides> insides;
};

/// Looks at one place closely. Errors: not_found.
[[nodiscard]] actors::Result<Inspection> inspect(
    actors::Runtime& runtime, const std::string& path,
    actors::Duration timeout = std::chrono::seconds(1));

/// Has its supervisor stop the child at @p path and start it again, together with what the strategy
/// says belongs to it. Starts a stopped child, and one that waits for its back-off at once.
///
/// Errors: not_found; start_failed, and it is being tried again; invalid_argument for the root, and
/// for temporary children; noproc or restarting if there is no supervisor that could do it now;
/// wrong_type if an actor of the application's own plays the supervisor; timeout.
[[nodiscard]] actors::Result<void> restart(actors::Runtime& runtime, const std::string& path,
                                           actors::Duration timeout = std::chrono::seconds(30));

/// Has its supervisor stop the child at @p path, until it, or what it belongs to, is restarted.
/// Temporary and dynamic children are gone for good. Errors: as of restart(), without start_failed.
[[nodiscard]] actors::Result<void> stop_child(actors::Runtime& runtime, const std::string& path,
                                              actors::Duration timeout = std::chrono::seconds(30));

/// From here on the actor at @p path handles nothing but its own end; mail piles up, and a
/// suspended supervisor restarts nobody. Ends with resume() or with the incarnation.
///
/// Errors: not_found; noproc or restarting if nobody lives there; timeout.
[[nodiscard]] actors::Result<void> suspend(actors::Runtime& runtime, const std::string& path,
                                           actors::Duration timeout = std::chrono::seconds(5));

/// Errors: as of suspend().
[[nodiscard]] actors::Result<void> resume(actors::Runtime& runtime, const std::string& path,
                                          actors::Duration timeout = std::chrono::seconds(5));

}  // namespace coppice::supervisor
