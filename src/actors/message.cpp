#include "actors/message.hpp"

#include "actors/reply_awaiter.hpp"
#include "actors/runtime.hpp"
#include "actors/shard.hpp"
#include "actors/spawn.hpp"

namespace coppice::actors {

void emit_call_timeout(const Cell& caller) noexcept {
  caller.shard().runtime().events().emit(
      {.kind = EventKind::call_timeout, .pid = caller.pid(), .type = caller.type().name});
}

namespace detail {

void throw_empty_task() {
  throw ExitException(
      ExitReason::of(ExitReason::Kind::bad_return_value, "the handler returned an empty task"));
}

void refuse_strange(const Cell& cell, Envelope& message) {
  if (!cell.actor().ignores_strange_messages()) {
    throw UnhandledMessage(message.type().name, cell.type().name);
  }
  report_unhandled(cell, message.type());
  const DropScope refused(Errc::wrong_type);
  message.drop_call();
}

bool discard_expired(Cell& cell, Time deadline, const TypeTag& type) noexcept {
  const Time now = cell.shard().now();
  if (now <= deadline) return false;
  cell.shard().runtime().events().emit({.kind = EventKind::call_expired,
                                        .pid = cell.pid(),
                                        .type = type.name,
                                        .duration = now - deadline});
  return true;
}

}  // namespace detail
}  // namespace coppice::actors
