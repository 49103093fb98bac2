#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/pid.hpp"
#include "actors/time.hpp"

namespace coppice::actors {

class Place;
class StartTicket;

/// What happens to a message that finds the mailbox full. Signals and system messages always fit.
enum class Overflow : std::uint8_t {
  reject,         ///< the sender is told `overloaded`
  drop_newest,    ///< the message is dropped; a call is answered `overloaded`
  drop_oldest,    ///< the oldest waiting message is dropped to make room
  conflate,       ///< a waiting message with the same conflation_key is replaced, else reject
  kill_receiver,  ///< the actor ends with `mailbox_overflow`
};

[[nodiscard]] std::string_view to_string(Overflow overflow) noexcept;

struct MailboxOptions {
  std::uint32_t capacity = 4096;  ///< messages
  Overflow overflow = Overflow::reject;

  /// Hand the messages that an incarnation had not started to the next one, whether it crashed or a
  /// supervisor restarts it. Right only where they don't depend on the dead state. Needs a place in
  /// the tree, which keeps them meanwhile; without a next one the senders are told so.
  bool keep_unstarted = false;

  /// Refuse calls with `overloaded` while the oldest message has waited longer than this; normal
  /// service resumes at half of it. Unset: never.
  std::optional<Duration> shed_calls_after{};

  friend bool operator==(const MailboxOptions&, const MailboxOptions&) noexcept = default;
};

/// Where an actor runs. Fixed for its life.
class Placement {
 public:
  enum class Kind : std::uint8_t { inherit, shard, any, hash, own_thread };

  static constexpr Placement inherit() noexcept { return {Kind::inherit, 0}; }
  static constexpr Placement shard(std::uint32_t index) noexcept { return {Kind::shard, index}; }
  static constexpr Placement any() noexcept { return {Kind::any, 0}; }
  static constexpr Placement hash(std::uint64_t key) noexcept { return {Kind::hash, key}; }
  /// A thread for this actor alone: for blocking work.
  static constexpr Placement own_thread() noexcept { return {Kind::own_thread, 0}; }

  constexpr Placement() noexcept = default;
  [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }
  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }
  friend constexpr bool operator==(Placement, Placement) noexcept = default;

 private:
  constexpr Placement(Kind kind, std::uint64_t value) noexcept : kind_(kind), value_(value) {}
  Kind kind_ = Kind::inherit;
  std::uint64_t value_ = 0;
};

/// What to do with an actor that still runs foreign code when it is killed.
enum class OnUnstoppable : std::uint8_t {
  abandon,        ///< cut it off: it counts as dead, its frame is kept until it ends by itself
  abort_process,  ///< end the process after reporting it
  wait,           ///< never give up
};

/// The threads of blocking() (blocking_pool.hpp).
struct BlockingOptions {
  std::uint32_t threads = 4;  ///< at most; they start as they are needed
  std::size_t queue = 256;    ///< jobs that may wait; more are refused with `overloaded`
  /// How long the end of the runtime waits for jobs that still run. Whatever they use must outlive
  /// them.
  Duration shutdown_grace = std::chrono::seconds(1);
};

/// How an actor is started. The defaults suit a worker.
struct SpawnOptions {
  MailboxOptions mailbox{};
  Placement placement{};
  OnUnstoppable on_unstoppable = OnUnstoppable::abandon;
  bool trap_exits = false;  ///< receive Exit messages instead of ending with linked actors
  bool link = false;        ///< link to the starting actor
  std::string name{};       ///< registered before init runs; empty for none
  std::optional<Duration> init_timeout{};
  std::size_t memory_limit_bytes = 0;     ///< mailbox plus state_bytes(); 0 for none
  Pid parent{};                           ///< told with ChildExit; the starting actor by default
  std::shared_ptr<Place> place{};         ///< its place in the tree, if it has one
  std::shared_ptr<StartTicket> ticket{};  ///< the runtime's own

  friend bool operator==(const SpawnOptions&, const SpawnOptions&) noexcept = default;
};

}  // namespace coppice::actors
