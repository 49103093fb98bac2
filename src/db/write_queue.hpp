#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "actors/reply.hpp"
#include "actors/time.hpp"
#include "db/command.hpp"

namespace coppice::db {

/// Who sent a command, so that one client's flood takes no other's turn. 0 for nobody in
/// particular.
using ClientId = std::uint64_t;

struct WaitingCommand {
  std::shared_ptr<const Command> command;
  actors::ReplyTo<CommandReply> reply;
  ClientId client = 0;
  actors::Time deadline = actors::Time::max();  ///< Not begun after it, and not run beyond it.
  actors::Time came{};                          ///< To the writer.

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
/// Clients take turns, a command each in a round, so that a flood of one costs the others one
/// command of each round. A client that comes when a round has begun takes part in the next one.
/// One client's commands never overtake each other.
///
/// Thread: the writer's.
class WriteQueue {
 public:
  explicit WriteQueue(QueueLimits limits) : limits_(limits) {}

  /// Adds a command, or answers it `overloaded`.
  void push(WaitingCommand waiting);

  /// Takes the next one; nothing from an empty queue.
  [[nodiscard]] std::optional<WaitingCommand> pop();

  /// Gives back what pop() returned, in its order; it is taken first next time.
  void put_back(std::vector<WaitingCommand> begun);

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// When the one that has waited longest came. Looks at all of them: for operators.
  [[nodiscard]] std::optional<actors::Time> oldest() const;

 private:
  using Round = std::vector<WaitingCommand>;
  struct Client {
    std::uint64_t next_round = 0;  ///< For its next command.
    std::size_t waiting = 0;       ///< More than none.
  };

  [[nodiscard]] std::optional<actors::Error> reason_to_refuse(const WaitingCommand& waiting) const;
  [[nodiscard]] WaitingCommand take_next();
  [[nodiscard]] std::uint64_t first_open_round() const noexcept {
    return round_ + (taken_ > 0 ? 1 : 0);
  }
  void count(const WaitingCommand& waiting);
  void discount(const WaitingCommand& waiting);
  void end_round();

  const QueueLimits limits_;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  boost::unordered_flat_map<ClientId, Client> clients_;
  std::deque<Round> rounds_;                // From the one that is being taken.
  std::uint64_t round_ = 0;                 // The number of the first.
  std::size_t taken_ = 0;                   // Of the first.
  Round spare_;                             // Without commands, but with memory for them.
  std::vector<WaitingCommand> given_back_;  // The next one last.
};

}  // namespace coppice::db
