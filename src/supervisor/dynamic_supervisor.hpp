#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/server.hpp"
#include "supervisor/admin.hpp"
#include "supervisor/child.hpp"
#include "supervisor/children.hpp"
#include "supervisor/flags.hpp"
#include "supervisor/restarts.hpp"

namespace coppice::supervisor {

struct DynamicFlags {
  Intensity intensity{.intensity = 3};
  /// Running and restarting children together; one more is refused before it is made.
  std::size_t max_children = std::numeric_limits<std::size_t>::max();
};

/// Supervises children that come and go: started one by one, in no order, stopped all at once.
///
/// Each StartChild brings a full spec, whose id is only a label. Restarts are one_for_one. Children
/// such as connections should be temporary: with permanent ones a mass disconnect exceeds the
/// intensity and takes the survivors down.
///
/// Thread: its shard.
class DynamicSupervisor final : public actors::Server<DynamicSupervisor> {
 public:
  explicit DynamicSupervisor(DynamicFlags flags = {}) noexcept
      : flags_(flags), restarts_(flags.intensity) {}

  actors::Init init();
  actors::Task<void> terminate(actors::ExitReason reason);

  actors::Task<actors::Result<StartedChild>> handle(StartChild message);
  actors::Task<actors::Result<void>> handle(TerminateChild message);
  actors::Task<actors::Result<void>> handle(CycleChild message);
  std::vector<ChildInfo> handle(WhichChildren message);
  ChildCounts handle(CountChildren message);
  actors::Task<void> handle(actors::ChildExit exit);
  actors::Task<void> handle(Retry retry);
  /// Links don't end a supervisor, and its children bring a ChildExit.
  void handle(const actors::Exit& /*exit*/) const noexcept {}
  void handle(const actors::Info& info);

  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] bool ignores_strange_messages() const noexcept override { return true; }

 private:
  actors::Task<void> restart(Child* child, Restarts::Verdict verdict);
  actors::Task<actors::StartOutcome::Kind> start_again(Child* child);
  void give_up(Child& child, std::string_view why);
  [[nodiscard]] actors::Result<Child*> find(const ChildKey& key);
  [[nodiscard]] std::string label(const std::string& id);

  const DynamicFlags flags_;
  Restarts restarts_;
  std::shared_ptr<actors::Place> place_;
  Children children_{StopRules::dynamic};
  std::uint64_t started_ = 0;
};

/// A dynamic supervisor as a child.
[[nodiscard]] ChildSpec dynamic_supervisor_child(std::string id, DynamicFlags flags = {});

/// Makes child specs of one kind, whose actors get @p extra before the arguments of each child:
///
///     auto session = child_template<Session>("session", config);
///     co_await connections.call(StartChild{session(socket_id)});
template <class A, class... Extra>
[[nodiscard]] auto child_template(std::string label, Extra... extra) {
  return [label = std::move(label),
          extra = std::tuple<Extra...>(std::move(extra)...)](auto... args) -> ChildSpec {
    return std::apply(
        [&](const auto&... first) { return worker<A>(label, first..., std::move(args)...); },
        extra);
  };
}

}  // namespace coppice::supervisor
