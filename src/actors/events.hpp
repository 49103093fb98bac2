#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/debugging.hpp"
#include "actors/exit_reason.hpp"
#include "actors/pid.hpp"
#include "actors/time.hpp"

namespace coppice::actors {

/// What the runtime tells about itself. Names as in to_string: "actor.crash", "sup.restart", ….
enum class EventKind : std::uint8_t {
  actor_start,
  actor_exit,
  actor_crash,
  actor_message,  ///< one handled message of a traced actor; duration = of its handler, so far
  actor_unhandled_info,
  sup_progress,
  sup_child_terminated,
  sup_restart,
  sup_start_error,
  sup_intensity,
  sup_gave_up,
  sup_shutdown,
  sup_shutdown_error,
  sup_auto_shutdown,
  sup_unrestarted_supervisor,
  sup_unexpected_message,
  mailbox_overflow,
  mailbox_age,
  call_timeout,
  call_expired,
  call_late_reply,
  handler_slow,
  core_stalled,
  zombie_add,
  zombie_reap,
  registry_conflict,
  backoff_wait,
  limit_memory,
  blocking_overdue,  ///< a job of blocking() runs though nobody waits any more
  io_crash,          ///< an exception left a handler that Asio ran on a shard
};
inline constexpr std::size_t kEventKinds = 30;

[[nodiscard]] std::string_view to_string(EventKind kind) noexcept;

/// Everything known about a crash, kept with the actor's place in the tree.
struct CrashReport {
  Pid pid;
  std::string path;  ///< place in the tree, "/database/writer"; empty if it has none
  std::string actor_type;
  std::string message_type;                  ///< what it was handling; empty if nothing
  std::string state;                         ///< what describe() said, which redacts
  Pid caller;                                ///< who had sent the message
  std::vector<std::string> caller_awaiting;  ///< where that actor waits, if it is on the same shard
  std::vector<HandledMessage> recent;        ///< what it handled before, if that was being logged
  ExitReason reason;
  std::uint64_t incarnation = 0;
  std::uint32_t mailbox_depth = 0;
  std::uint64_t handled = 0;
  std::vector<Pid> links;
  std::chrono::system_clock::time_point at;
};

/// One event. The views and pointers are valid during the call of the handler only.
struct Event {
  EventKind kind{};
  Pid pid{};                  ///< the actor it is about
  Pid other{};                ///< its supervisor, caller or sender
  std::string_view path{};    ///< place in the tree, or the child's id
  std::string_view type{};    ///< the actor's or message's type
  std::string_view detail{};  ///< decision, strategy, policy …
  Duration duration{};        ///< lifetime, delay, time in the handler
  std::uint64_t value = 0;    ///< count, depth, attempt
  const ExitReason* reason = nullptr;
  const CrashReport* crash = nullptr;
  std::span<const void* const> stack{};  ///< of a thread that stands still; symbolise() names them
  std::string_view request_id{};         ///< of the client's request that was handled, if one was
};

/// Receives the events it asked for. A handler runs on the emitting thread, must be quick and must
/// not call back into the bus; one that throws is removed.
using EventHandler = std::function<void(const Event&)>;

/// Distributes events. Emitting an event that nobody asked for costs one relaxed load.
///
/// Thread: any.
class EventBus {
 public:
  /// Keeps a handler attached; detaches it when destroyed. Must not outlive the bus.
  class Subscription {
   public:
    Subscription() noexcept = default;
    Subscription(EventBus& bus, std::uint64_t id) noexcept : bus_(&bus), id_(id) {}
    Subscription(Subscription&& other) noexcept
        : bus_(std::exchange(other.bus_, nullptr)), id_(other.id_) {}
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription() { reset(); }
    void reset() noexcept;

   private:
    EventBus* bus_ = nullptr;
    std::uint64_t id_ = 0;
  };

  /// Attaches @p handler for the given kinds, or for all if none is given.
  [[nodiscard]] Subscription attach(EventHandler handler,
                                    std::initializer_list<EventKind> kinds = {});

  [[nodiscard]] bool wanted(EventKind kind) const noexcept {
    return (wanted_.load(std::memory_order_relaxed) & bit(kind)) != 0;
  }

  void emit(const Event& event) noexcept;

 private:
  struct Entry {
    std::uint64_t id;
    std::uint64_t kinds;
    EventHandler handler;
  };
  using Entries = std::vector<std::shared_ptr<const Entry>>;

  static constexpr std::uint64_t bit(EventKind kind) noexcept {
    return std::uint64_t{1} << static_cast<unsigned>(kind);
  }
  void detach(std::uint64_t id) noexcept;
  void publish(Entries entries);

  std::atomic<std::uint64_t> wanted_{0};
  std::mutex mutex_;
  std::shared_ptr<const Entries> entries_ = std::make_shared<const Entries>();  // guarded by mutex_
  std::uint64_t last_id_ = 0;                                                   // guarded by mutex_
};

}  // namespace coppice::actors
