#pragma once

#include <any>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "supervisor/child.hpp"
#include "supervisor/flags.hpp"

namespace coppice::supervisor {

// The questions and orders that supervisors take: `co_await ref.call(StartChild{spec}, 5s)`.

/// A child that was started; without a pid its init said `ignore`.
struct StartedChild {
  std::optional<actors::Pid> pid;
  std::any info;  ///< what the child's Init::ok carried
};

/// Starts a child after those that exist. Its start never counts against the intensity.
///
/// Errors: already_started (the id runs, or its name is taken; the context is the pid),
/// already_present (the id is known but doesn't run), max_children, invalid_argument (the spec),
/// start_failed (the context is the reason). After an error the spec is not kept.
struct StartChild {
  using Reply = StartedChild;
  ChildSpec spec;
};

/// Starts a stopped child again. Errors: not_found, running, restarting, start_failed.
struct RestartChild {
  using Reply = StartedChild;
  std::string id;
};

/// Forgets a stopped child. Errors: not_found, running, restarting.
struct DeleteChild {
  using Reply = void;
  std::string id;
};

/// Names a child: by id under a static supervisor, by pid under a dynamic one, by its place in the
/// tree under either.
using ChildKey = std::variant<std::string, actors::Pid, std::shared_ptr<const actors::Place>>;

/// Stops a child as its spec says, and waits. A stopped child stays stopped; a restart that is
/// being retried is cancelled, and what was to start with it stays stopped too. Errors: not_found.
struct TerminateChild {
  using Reply = void;
  ChildKey child;
};

/// An operator's restart: stops the child and starts it again, with whatever the strategy says
/// belongs to it. Does not count against the intensity. Errors: not_found, start_failed (then the
/// supervisor goes on trying), invalid_argument for a temporary child.
struct CycleChild {
  using Reply = void;
  ChildKey child;
};

struct ChildInfo {
  std::string id;  ///< empty under a dynamic supervisor
  ChildState state{};
  actors::Pid pid;  ///< none unless running
  ChildType type{};
};

/// Static supervisors answer in reverse start order, dynamic ones in any.
struct WhichChildren {
  using Reply = std::vector<ChildInfo>;
};

struct ChildCounts {
  std::size_t specs = 0;
  std::size_t active = 0;       ///< alive
  std::size_t supervisors = 0;  ///< of all specs, running or not
  std::size_t workers = 0;      ///< likewise
  friend bool operator==(const ChildCounts&, const ChildCounts&) = default;
};

struct CountChildren {
  using Reply = ChildCounts;
};

/// The spec in force, defaults filled in; that of a temporary child has lost its start function.
/// Errors: not_found.
struct GetChildSpec {
  using Reply = ChildSpec;
  std::string id;
};

/// New flags and specs for a living supervisor: flags replace the old ones, specs matched by id
/// keep their incarnation, new ones are added stopped, vanished ones stay. What has been counted
/// against the intensity stays counted. Errors: invalid_argument.
struct Reconfigure {
  using Reply = void;
  SupervisorFlags flags;
  std::vector<ChildSpec> children;
};

}  // namespace coppice::supervisor
