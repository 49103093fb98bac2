#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "actors/reply.hpp"
#include "actors/time.hpp"
#include "db/command.hpp"
#include "db/write_batch.hpp"

namespace coppice::db {

/// What one commit takes at the most. A batch is what waits when the writer gets to it, so these
/// bound how long the first of a crowd waits for the last; they don't delay anybody.
struct BatchLimits {
  std::size_t commands = 1024;
  std::size_t bytes = 4UL << 20U;  ///< Of names and arguments together.
  /// When it has taken that long, the commands not yet begun are left to the next batch.
  actors::Duration time = std::chrono::milliseconds(20);
};

/// What may wait beside the batch at work. More is answered `overloaded`.
struct QueueLimits {
  std::size_t commands_per_client = 4096;
  std::size_t bytes = 256UL << 20U;  ///< Of all clients together.
};

/// Who sent a command, so that one client's flood takes no other's turn. 0 for nobody in
/// particular.
using ClientId = std::uint64_t;

struct WaitingCommand {
  Command command;
  actors::ReplyTo<CommandReply> reply;
  ClientId client = 0;
};

/// The commands that the writer has taken out of its mailbox and not begun.
///
/// They are taken in order of arrival while all that waits fits into a batch. When it doesn't,
/// clients take turns, a command each, so that whoever sends one waits for one batch at the most,
/// however many others have sent. One client's commands never overtake each other.
///
/// Thread: the writer's.
class WriteQueue {
 public:
  WriteQueue(BatchLimits batch, QueueLimits limits) noexcept : batch_(batch), limits_(limits) {}

  /// Adds a command, or answers it `overloaded`.
  void push(WaitingCommand waiting);

  /// The next batch; never empty unless the queue is.
  [[nodiscard]] std::vector<WaitingCommand> take();

  /// Gives back the tail of what take() returned last; it is taken first next time.
  void put_back(std::vector<WaitingCommand> rest);

  /// Everything, in an order that keeps each client's.
  [[nodiscard]] std::vector<WaitingCommand> take_all();

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  using Line = std::deque<WaitingCommand>;

  [[nodiscard]] bool takes_turns() const noexcept { return !turns_.empty(); }
  void share_out();
  [[nodiscard]] Line& lane_of(ClientId client);
  void push_to_lane(WaitingCommand waiting);
  [[nodiscard]] WaitingCommand pop();
  [[nodiscard]] WaitingCommand pop_line();
  [[nodiscard]] WaitingCommand pop_lane();
  [[nodiscard]] const WaitingCommand& front() const;

  const BatchLimits batch_;
  const QueueLimits limits_;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  Line line_;  // In order of arrival; ahead of the lanes.
  // What arrived while more was waiting than fits into a batch.
  std::unordered_map<ClientId, Line> lanes_;
  std::deque<ClientId> turns_;  // Those with a lane.
};

}  // namespace coppice::db
