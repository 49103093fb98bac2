#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "actors/reply.hpp"
#include "actors/time.hpp"
#include "db/command.hpp"

namespace coppice::db {

/// Who sent a command, so that one client's flood takes no other's turn. 0 for nobody in
/// particular.
using ClientId = std::uint64_t;

struct WaitingCommand {
  Command command;
  actors::ReplyTo<CommandReply> reply;
  ClientId client = 0;
  actors::Time deadline = actors::Time::max();  ///< Not begun after it, and not run beyond it.

  /// What it takes in memory, with all that belongs to it.
  [[nodiscard]] std::size_t bytes() const noexcept;
};

/// What may wait beside the batch at work. More is answered `overloaded`.
struct QueueLimits {
  std::size_t commands_per_client = 4096;
  std::size_t bytes = 256UL << 20U;  ///< Of all clients together.
};

/// The commands that the writer has taken out of its mailbox and not begun.
///
/// Clients take turns, a command each, so that a flood of one costs the others one command of each
/// turn. One client's commands never overtake each other.
///
/// Thread: the writer's.
class WriteQueue {
 public:
  explicit WriteQueue(QueueLimits limits) noexcept : limits_(limits) {}

  /// Adds a command, or answers it `overloaded`.
  void push(WaitingCommand waiting);

  /// Takes the next one; nothing from an empty queue.
  [[nodiscard]] std::optional<WaitingCommand> pop();

  /// Gives back what pop() returned, in its order; it is taken first next time.
  void put_back(std::vector<WaitingCommand> begun);

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  using Lane = std::list<WaitingCommand>;

  const QueueLimits limits_;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  std::unordered_map<ClientId, Lane> lanes_;  // None of them is empty.
  std::deque<ClientId> turns_;                // Those with a lane.
};

}  // namespace coppice::db
