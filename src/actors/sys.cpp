#include "actors/sys.hpp"

#include "actors/shard.hpp"

namespace coppice::actors {

Result<void> Sys::order(std::function<void(Cell&)> action) {
  return runtime_->inspect(pid_, std::move(action), timeout_);
}

Result<void> Sys::suspend() {
  return order([](Cell& cell) { cell.suspend(); });
}

Result<void> Sys::resume() {
  return order([](Cell& cell) { cell.resume(); });
}

Result<Sys::Status> Sys::status() {
  return ask<Status>(
      [](Cell& cell) -> Result<Status> {
        auto stats = cell.shard().runtime().stats(cell.pid());
        if (!stats) return std::unexpected(stats.error());
        return Status{.stats = *stats,
                      .parent = cell.parent(),
                      .path = cell.path(),
                      .type = std::string(cell.type().name),
                      .state = cell.actor().describe(),
                      .suspended = cell.suspended(),
                      .debugged = cell.debugged(),
                      .awaiting = cell.awaiting()};
      },
      InspectWhen::at_once);
}

Result<ExitReason> Sys::terminate(ExitReason reason) {
  return runtime_->stop(pid_, std::move(reason), timeout_);
}

Result<void> Sys::log(std::size_t size) {
  return order([size](Cell& cell) { cell.debugging().log(size); });
}

Result<std::vector<HandledMessage>> Sys::logged() {
  return ask<std::vector<HandledMessage>>(
      [](Cell& cell) -> Result<std::vector<HandledMessage>> { return cell.debugging().logged(); },
      InspectWhen::at_once);
}

Result<void> Sys::trace(Duration how_long) {
  return order([how_long](Cell& cell) {
    cell.debugging().trace(deadline_after(cell.shard().now(), how_long));
  });
}

Result<void> Sys::install(std::string name, DebugFunction function) {
  return order([name = std::move(name), function = std::move(function)](Cell& cell) {
    cell.debugging().install(name, function);
  });
}

Result<void> Sys::remove(std::string name) {
  const auto removed =
      ask<bool>([name](Cell& cell) -> Result<bool> { return cell.debugging().remove(name); },
                InspectWhen::at_once);
  if (!removed) return std::unexpected(removed.error());
  if (!*removed) return fail(Errc::not_found, name);
  return {};
}

Result<void> Sys::no_debug() {
  return order([](Cell& cell) { cell.debugging() = Debugging(); });
}

}  // namespace coppice::actors
