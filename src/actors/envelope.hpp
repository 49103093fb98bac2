#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "actors/block_pool.hpp"
#include "actors/pid.hpp"
#include "actors/time.hpp"
#include "actors/type_tag.hpp"

namespace coppice::actors {

class Cell;
class Runtime;
class Shard;

namespace detail {
class PromiseBase;
}

/// Where a message waits. Lower lanes are served first.
enum class Lane : std::uint8_t {
  system,  ///< stop, kill, introspection: served even while a handler is suspended
  urgent,  ///< timers: served between handlers, before the mail
  user,    ///< mail, bounded and first in, first out
  signal,  ///< Down and Exit: in the mail's order, but never refused
};

/// A message on its way to an actor. Owned by exactly one queue or by the actor that handles it.
///
/// Thread: handed over whole; whoever owns it may touch it.
class Envelope : public Pooled {
 public:
  Envelope(Pid from, Pid to, Lane lane) noexcept : from_(from), to_(to), lane_(lane) {}
  Envelope(const Envelope&) = delete;
  Envelope& operator=(const Envelope&) = delete;
  virtual ~Envelope() = default;

  /// Handles the message on the actor's shard. A coroutine handler is created, not started: its
  /// handle is returned, the envelope keeps the task, and finish() follows when that is done.
  virtual std::coroutine_handle<> deliver(Cell& cell) = 0;

  /// Takes the outcome of the coroutine that deliver() returned. Rethrows its exception.
  virtual void finish(Cell& cell);

  /// What to do when the envelope reaches the target's shard from another one. By default it is
  /// queued at the target, or dropped if that has ended.
  virtual void arrive(Shard& shard, std::unique_ptr<Envelope> self);

  /// What to do when the target has ended, or never was. By default a call is answered `noproc`.
  virtual void undeliverable(Runtime& runtime, std::unique_ptr<Envelope> self);

  /// The message's type.
  [[nodiscard]] virtual const TypeTag& type() const noexcept = 0;
  [[nodiscard]] virtual std::size_t bytes() const noexcept = 0;
  [[nodiscard]] virtual bool is_call() const noexcept { return false; }

  /// Messages with equal keys may replace each other under the conflate policy.
  [[nodiscard]] virtual std::optional<std::uint64_t> conflation_key() const { return {}; }

  /// The coroutine that handles the message, once deliver() has returned one; for introspection.
  [[nodiscard]] virtual const detail::PromiseBase* coroutine() const noexcept { return nullptr; }

  /// The message is being handled, but nobody may wait for its answer any more.
  virtual void drop_call() noexcept {}

  /// Identifies the timer that sent this, so that cancelling it can withdraw the message; 0 = none.
  [[nodiscard]] virtual std::uint64_t timer_id() const noexcept { return 0; }

  /// Whether an actor's next incarnation may inherit the message.
  [[nodiscard]] virtual bool can_be_kept() const noexcept { return false; }

  [[nodiscard]] Pid from() const noexcept { return from_; }
  [[nodiscard]] Pid to() const noexcept { return to_; }
  [[nodiscard]] Lane lane() const noexcept { return lane_; }
  void readdress(Pid to) noexcept { to_ = to; }

  /// It has come to its actor's mailbox. For introspection: a message carries no more than whole
  /// milliseconds, and starts anew after three weeks.
  void came_at(Time now) noexcept { came_ms_ = milliseconds_of(now); }
  [[nodiscard]] Duration waited(Time now) const noexcept {
    // Who looks may have the time of a moment before.
    const auto ms = static_cast<std::int32_t>(milliseconds_of(now) - came_ms_);
    return std::chrono::milliseconds(std::max(ms, 0));
  }

 private:
  friend class MailQueue;
  friend class MailBundle;
  friend class Inbox;

  static std::uint32_t milliseconds_of(Time time) noexcept {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
  }

  Envelope* next_ = nullptr;
  Pid from_;
  Pid to_;
  Lane lane_;
  std::uint32_t came_ms_ = 0;
};

/// A first-in, first-out queue that owns its envelopes. Not synchronised.
class MailQueue {
 public:
  MailQueue() noexcept = default;
  MailQueue(MailQueue&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)), last_(std::exchange(other.last_, nullptr)) {}
  MailQueue& operator=(MailQueue&& other) noexcept {
    if (this != &other) {
      clear();
      first_ = std::exchange(other.first_, nullptr);
      last_ = std::exchange(other.last_, nullptr);
    }
    return *this;
  }
  ~MailQueue() { clear(); }

  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  [[nodiscard]] const Envelope* front() const noexcept { return first_; }

  void push(std::unique_ptr<Envelope> envelope) noexcept {
    Envelope* node = envelope.release();
    node->next_ = nullptr;
    (last_ != nullptr ? last_->next_ : first_) = node;
    last_ = node;
  }

  [[nodiscard]] std::unique_ptr<Envelope> pop() noexcept {
    Envelope* node = first_;
    first_ = node->next_;
    if (first_ == nullptr) last_ = nullptr;
    return std::unique_ptr<Envelope>(node);
  }

  /// Removes the first envelope for which @p matches holds; null if there is none.
  template <class Predicate>
  std::unique_ptr<Envelope> take_first(Predicate matches) {
    Envelope* previous = nullptr;
    for (Envelope* node = first_; node != nullptr; previous = node, node = node->next_) {
      if (!matches(std::as_const(*node))) continue;
      (previous != nullptr ? previous->next_ : first_) = node->next_;
      if (last_ == node) last_ = previous;
      return std::unique_ptr<Envelope>(node);
    }
    return nullptr;
  }

  /// Replaces the first envelope for which @p matches holds by @p envelope, in its place.
  /// Returns the replaced one, or null (and keeps @p envelope untouched) if none matched.
  template <class Predicate>
  std::unique_ptr<Envelope> replace_first(Predicate matches, std::unique_ptr<Envelope>& envelope) {
    Envelope* previous = nullptr;
    for (Envelope* node = first_; node != nullptr; previous = node, node = node->next_) {
      if (!matches(std::as_const(*node))) continue;
      Envelope* successor = envelope.release();
      successor->next_ = node->next_;
      (previous != nullptr ? previous->next_ : first_) = successor;
      if (last_ == node) last_ = successor;
      return std::unique_ptr<Envelope>(node);
    }
    return nullptr;
  }

  template <class Visit>
  void for_each(Visit visit) const {
    for (const Envelope* node = first_; node != nullptr; node = node->next_) visit(*node);
  }

  void clear() noexcept {
    while (!empty()) std::ignore = pop();
  }

 private:
  Envelope* first_ = nullptr;
  Envelope* last_ = nullptr;
};

/// Envelopes for one letter box, collected to be pushed in one go. Owns them. Not synchronised.
class MailBundle {
 public:
  MailBundle() noexcept = default;
  MailBundle(MailBundle&& other) noexcept
      : newest_(std::exchange(other.newest_, nullptr)),
        oldest_(std::exchange(other.oldest_, nullptr)) {}
  MailBundle& operator=(MailBundle&&) = delete;
  ~MailBundle() {
    while (newest_ != nullptr) {
      std::unique_ptr<Envelope>(std::exchange(newest_, newest_->next_)).reset();
    }
  }

  void add(std::unique_ptr<Envelope> envelope) noexcept {
    Envelope* node = envelope.release();
    node->next_ = newest_;
    newest_ = node;
    if (oldest_ == nullptr) oldest_ = node;
  }

 private:
  friend class Inbox;

  Envelope* newest_ = nullptr;
  Envelope* oldest_ = nullptr;
};

/// A shard's letter box for all other threads: lock-free, many producers, one consumer.
///
/// A stack that producers push with one compare-and-swap and the consumer takes whole, then
/// reverses: so each producer's envelopes stay in order, and one wake serves a batch.
/// Source: Treiber, "Systems Programming: Coping with Parallelism" (1986).
class Inbox {
 public:
  Inbox() noexcept = default;
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  ~Inbox() { std::ignore = take_all(); }

  /// Thread: any. Returns true if the box was empty, in which case the consumer may need waking.
  bool push(std::unique_ptr<Envelope> envelope) noexcept {
    Envelope* node = envelope.release();
    return push_chain(node, node);
  }

  /// The same for all of a bundle, which is not empty.
  bool push(MailBundle bundle) noexcept {
    return push_chain(std::exchange(bundle.newest_, nullptr), bundle.oldest_);
  }

  /// Thread: any.
  [[nodiscard]] bool empty() const noexcept {
    return head_.load(std::memory_order_seq_cst) == nullptr;
  }

  /// Thread: the consumer, or whoever empties the box for good. Everything pushed so far, in order.
  [[nodiscard]] MailQueue take_all() noexcept {
    // Released as well: who pushes after that sees what was written before it.
    Envelope* node = head_.exchange(nullptr, std::memory_order_acq_rel);
    Envelope* reversed = nullptr;
    while (node != nullptr) {
      Envelope* next = node->next_;
      node->next_ = reversed;
      reversed = node;
      node = next;
    }
    MailQueue mail;
    while (reversed != nullptr) {
      Envelope* next = reversed->next_;
      mail.push(std::unique_ptr<Envelope>(reversed));
      reversed = next;
    }
    return mail;
  }

 private:
  bool push_chain(Envelope* newest, Envelope* oldest) noexcept {
    Envelope* head = head_.load(std::memory_order_relaxed);
    do {
      oldest->next_ = head;
    } while (!head_.compare_exchange_weak(head, newest, std::memory_order_seq_cst,
                                          std::memory_order_relaxed));
    return head == nullptr;
  }

  alignas(64) std::atomic<Envelope*> head_{nullptr};
};

}  // namespace coppice::actors
