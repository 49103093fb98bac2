#include "supervisor/task_supervisor.hpp"

namespace coppice::supervisor {

ChildSpec TaskSupervisor::spec_of(Restart restart) const {
  ChildSpec spec{.id = "task", .restart = restart};
  spec.options.placement = placement_;
  return spec;
}

actors::Task<actors::Result<actors::Pid>> TaskSupervisor::start_child(
    actors::ChildRef<DynamicSupervisor> supervisor, ChildSpec spec) {
  StartChild start{std::move(spec)};
  const auto started = co_await supervisor.call(std::move(start));
  if (!started) co_return std::unexpected(started.error());
  co_return *started->pid;  // its init never says ignore
}

ChildSpec task_supervisor_child(std::string id, DynamicFlags flags) {
  return dynamic_supervisor_child(std::move(id), flags);
}

}  // namespace coppice::supervisor
