#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "actors/envelope.hpp"
#include "actors/exit_reason.hpp"
#include "actors/result.hpp"
#include "actors/time.hpp"

namespace coppice::actors {

/// While one is alive, requests that are destroyed unanswered on this thread fail with its error.
/// Without one they fail with `dropped`.
class DropScope {
 public:
  explicit DropScope(Error error) noexcept;
  /// Fails them with `down` and @p reason, which must outlive this. Its text is made only if some
  /// request needs it: most actors end with none.
  explicit DropScope(const ExitReason& reason) noexcept;
  explicit DropScope(ExitReason&&) = delete;
  DropScope(const DropScope&) = delete;
  DropScope& operator=(const DropScope&) = delete;
  ~DropScope();

  [[nodiscard]] static Error current();

 private:
  Error error_;
  const ExitReason* reason_ = nullptr;
  DropScope* outer_;
};

/// Where answers go: a shard, or somebody outside the runtime. Thread: any.
class ReplySink {
 public:
  virtual ~ReplySink() = default;

  /// Whether complete() may be called on the current thread.
  [[nodiscard]] virtual bool is_here() const noexcept = 0;

  /// Hands over the answer, a `Result<R>` of the asked type, to whoever waits under @p id.
  /// False if nobody does any more.
  virtual bool complete(std::uint64_t id, void* result) noexcept = 0;

  /// Sends an envelope that completes the call on the sink's own thread.
  virtual void post_reply(std::unique_ptr<Envelope> envelope) noexcept = 0;

  /// A call was answered after its caller had stopped waiting.
  virtual void late_reply() noexcept = 0;
};

/// Called when an answer found nobody; lets answers that own something clean up.
template <class R>
void on_undelivered(ReplySink& /*sink*/, Result<R>& /*result*/) noexcept {}

namespace detail {

template <class R>
void complete_or_drop(ReplySink& sink, std::uint64_t id, Result<R>& result) noexcept {
  if (sink.complete(id, &result)) return;
  sink.late_reply();
  on_undelivered(sink, result);
}

template <class R>
class ReplyEnvelope final : public Envelope {
 public:
  ReplyEnvelope(ReplySink& sink, std::uint64_t id, Result<R> result) noexcept
      : Envelope({}, {}, Lane::system), sink_(sink), id_(id), result_(std::move(result)) {}

  std::coroutine_handle<> deliver(Cell& /*cell*/) override { return {}; }
  void arrive(Shard& /*shard*/, std::unique_ptr<Envelope> /*self*/) override {
    complete_or_drop(sink_, id_, result_);
  }
  [[nodiscard]] const TypeTag& type() const noexcept override { return type_tag<Result<R>>(); }
  [[nodiscard]] std::size_t bytes() const noexcept override { return sizeof *this; }

 private:
  ReplySink& sink_;
  std::uint64_t id_;
  Result<R> result_;
};

}  // namespace detail

/// The right and the duty to answer one call. May be kept and answered later, by anyone.
///
/// Destroying an unanswered one fails the call at once: with `down` if its holder is ending, with
/// `dropped` otherwise. Answering after the caller has given up does nothing but count.
///
/// Thread: any, one at a time; a thread of your own must have answered before the runtime ends.
template <class R>
class ReplyTo {
 public:
  ReplyTo() noexcept = default;
  ReplyTo(ReplySink& sink, std::uint64_t id, Time deadline) noexcept
      : sink_(&sink), id_(id), deadline_(deadline) {}
  ReplyTo(ReplyTo&& other) noexcept
      : sink_(std::exchange(other.sink_, nullptr)), id_(other.id_), deadline_(other.deadline_) {}
  ReplyTo& operator=(ReplyTo&& other) noexcept {
    if (this != &other) {
      drop();
      sink_ = std::exchange(other.sink_, nullptr);
      id_ = other.id_;
      deadline_ = other.deadline_;
    }
    return *this;
  }
  ~ReplyTo() { drop(); }

  /// True while an answer is owed.
  [[nodiscard]] explicit operator bool() const noexcept { return sink_ != nullptr; }

  /// When the caller stops waiting.
  [[nodiscard]] Time deadline() const noexcept { return deadline_; }

  /// Whether the caller has stopped waiting, so that long work may end early.
  [[nodiscard]] bool expired(Time now) const noexcept { return now > deadline_; }

  /// Answers the call. A second answer is ignored.
  void answer(Result<R> result) noexcept {
    ReplySink* sink = std::exchange(sink_, nullptr);
    if (sink == nullptr) return;
    if (sink->is_here()) {
      detail::complete_or_drop(*sink, id_, result);
    } else {
      sink->post_reply(std::make_unique<detail::ReplyEnvelope<R>>(*sink, id_, std::move(result)));
    }
  }

 private:
  void drop() noexcept {
    if (sink_ != nullptr) answer(std::unexpected(DropScope::current()));
  }

  ReplySink* sink_ = nullptr;
  std::uint64_t id_ = 0;
  Time deadline_ = Time::max();
};

/// One call that waits for its answer on a shard.
class PendingCall {
 public:
  PendingCall() noexcept = default;
  PendingCall(const PendingCall&) = delete;
  PendingCall& operator=(const PendingCall&) = delete;

  /// @param result  A `Result<R>*` to move from.
  virtual void on_reply(void* result) noexcept = 0;

 protected:
  ~PendingCall() = default;
};

/// The calls that wait on one shard, by an id that is never reused while it matters.
///
/// Thread: the shard.
class PendingCalls {
 public:
  [[nodiscard]] std::uint64_t add(PendingCall& call);

  /// Forgets the call; its answer will find nobody. Idempotent.
  void remove(std::uint64_t id) noexcept { std::ignore = take(id); }

  /// Removes and returns the call, or null.
  [[nodiscard]] PendingCall* take(std::uint64_t id) noexcept;

 private:
  struct Entry {
    PendingCall* call = nullptr;
    std::uint32_t generation = 0;
    std::uint32_t next_free = 0;
  };
  static constexpr std::uint32_t kNone = UINT32_MAX;

  std::vector<Entry> entries_;
  std::uint32_t first_free_ = kNone;
};

}  // namespace coppice::actors
