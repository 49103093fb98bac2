#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/server.hpp"
#include "supervisor/admin.hpp"
#include "supervisor/child.hpp"
#include "supervisor/children.hpp"
#include "supervisor/flags.hpp"
#include "supervisor/restarts.hpp"

namespace coppice::supervisor {

/// What a supervisor supervises.
struct SupervisorSpec {
  SupervisorFlags flags{};
  std::vector<ChildSpec> children{};  ///< in start order
};

/// Starts its children in order, restarts them as their specs and its flags say, and stops them in
/// reverse order. Semantics are those of Erlang/OTP's supervisor.
///
///     Supervisor root(SupervisorSpec{{.strategy = Strategy::rest_for_one},
///                                    {worker<Database>("database"), worker<Api>("api")}});
///
/// Its start fails with `shutdown(failed_to_start_child(id, reason))` if a child's does; the
/// children before it have been stopped again then. It ends with `shutdown` when restarts become
/// too frequent: see Intensity.
///
/// Thread: its shard, as every actor. Its children may live on any.
class Supervisor final : public actors::Server<Supervisor> {
 public:
  /// Computes the spec for each incarnation; nothing means `ignore`.
  using MakeSpec = std::function<std::optional<SupervisorSpec>()>;

  explicit Supervisor(SupervisorSpec spec);
  explicit Supervisor(MakeSpec make);
  ~Supervisor() override;

  actors::Task<actors::Init> init();
  actors::Task<void> terminate(actors::ExitReason reason);

  actors::Task<actors::Result<StartedChild>> handle(StartChild message);
  actors::Task<actors::Result<StartedChild>> handle(RestartChild message);
  actors::Result<void> handle(DeleteChild message);
  actors::Task<actors::Result<void>> handle(TerminateChild message);
  actors::Task<actors::Result<void>> handle(CycleChild message);
  std::vector<ChildInfo> handle(WhichChildren message);
  ChildCounts handle(CountChildren message);
  actors::Result<ChildSpec> handle(GetChildSpec message);
  actors::Result<void> handle(Reconfigure message);
  actors::Task<void> handle(actors::ChildExit exit);
  actors::Task<void> handle(Retry retry);
  /// Links don't end a supervisor, and its children bring a ChildExit.
  void handle(const actors::Exit& /*exit*/) const noexcept {}
  void handle(const actors::Info& info);

  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] bool ignores_strange_messages() const noexcept override { return true; }

 private:
  using Serial = Child::Serial;

  actors::Task<actors::Result<void>> start_all(std::vector<ChildSpec> specs);
  void remove_places_except(const std::vector<ChildSpec>& specs);
  actors::Task<void> restart(Child* child, Restarts::Verdict verdict);
  actors::Task<void> restart_now(Child* child);
  actors::Task<bool> start_one(Child* child);
  actors::Task<void> start_from(Serial first);
  actors::Task<void> stop_one(Child* child);
  actors::Task<void> stop_from(Serial first);
  actors::Task<void> stop_all();
  void cancel_group_start();
  void give_up(Child& child, std::string_view why);
  void ended_for_good(Child& child, const actors::ExitReason& reason);
  void settle_down(Child& child);
  void consider_auto_shutdown(const Child& ended);

  [[nodiscard]] Child* find(std::string_view id) const noexcept;
  [[nodiscard]] Child* find_key(const ChildKey& key) noexcept;
  [[nodiscard]] const Child& first_affected(const Child& child) noexcept;
  [[nodiscard]] bool restarts_in_groups() const noexcept {
    return flags_.strategy != Strategy::one_for_one;
  }
  Child& add(ChildSpec spec);
  void forget(Child& child);

  MakeSpec make_;
  SupervisorFlags flags_;
  Restarts restarts_;
  std::shared_ptr<actors::Place> place_;
  Children children_{StopRules::fixed};
  std::unordered_map<std::string_view, Child*> by_id_;  // the views are those of the places
};

/// A supervisor as a child: `supervisor_child("database", {flags, {…}})`.
[[nodiscard]] ChildSpec supervisor_child(std::string id, SupervisorSpec spec);

/// The place under which a supervisor's children live; a fresh root for one that has none.
[[nodiscard]] std::shared_ptr<actors::Place> place_of(const actors::Cell& supervisor);

/// How long a stopping supervisor may still take for its children: most of what its own stopper
/// grants, so that it can report before it is killed itself.
[[nodiscard]] Duration shutdown_budget(Time deadline, Time now) noexcept;

/// A started child, or why there is none.
[[nodiscard]] actors::Result<StartedChild> started_child(actors::StartOutcome outcome);

}  // namespace coppice::supervisor
