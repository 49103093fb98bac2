#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "actors/cell.hpp"
#include "actors/envelope.hpp"
#include "actors/signals.hpp"

namespace coppice::actors {

/// Delivers a Step-returning hook: keeps its task until that is done.
class StepEnvelope : public Envelope {
 public:
  using Envelope::Envelope;
  std::coroutine_handle<> deliver(Cell& cell) override;
  void finish(Cell& cell) override;
  [[nodiscard]] std::size_t bytes() const noexcept override { return sizeof *this; }
  [[nodiscard]] const detail::PromiseBase* coroutine() const noexcept override {
    return task_ ? &task_.handle().promise() : nullptr;
  }

 protected:
  virtual Step<void> call(Cell& cell) = 0;

 private:
  Task<void> task_;
};

/// A message of the runtime itself, which overtakes the mailbox; reports name it by Subject.
template <class Self, class Subject = Self>
class SystemEnvelope : public Envelope {
 public:
  SystemEnvelope(Pid from, Pid to) noexcept : Envelope(from, to, Lane::system) {}
  [[nodiscard]] const TypeTag& type() const noexcept override { return type_tag<Subject>(); }
  [[nodiscard]] std::size_t bytes() const noexcept override { return sizeof(Self); }
};

/// "Tell me when you end."
class MonitorEnvelope final : public SystemEnvelope<MonitorEnvelope> {
 public:
  MonitorEnvelope(Pid watcher, Pid target, MonitorId monitor) noexcept
      : SystemEnvelope(watcher, target), monitor_(monitor) {}
  std::coroutine_handle<> deliver(Cell& cell) override;
  void arrive(Shard& shard, std::unique_ptr<Envelope> self) override;
  void undeliverable(Runtime& runtime, std::unique_ptr<Envelope> self) override;

 private:
  MonitorId monitor_;
};

class DemonitorEnvelope final : public SystemEnvelope<DemonitorEnvelope> {
 public:
  DemonitorEnvelope(Pid target, MonitorId monitor) noexcept
      : SystemEnvelope({}, target), monitor_(monitor) {}
  std::coroutine_handle<> deliver(Cell& cell) override;
  void arrive(Shard& shard, std::unique_ptr<Envelope> self) override;

 private:
  MonitorId monitor_;
};

class DownEnvelope final : public StepEnvelope {
 public:
  DownEnvelope(Pid watcher, Down down) noexcept
      : StepEnvelope(down.pid, watcher, Lane::signal), down_(std::move(down)) {}
  std::coroutine_handle<> deliver(Cell& cell) override;
  void arrive(Shard& shard, std::unique_ptr<Envelope> self) override;
  [[nodiscard]] const TypeTag& type() const noexcept override;

 private:
  Step<void> call(Cell& cell) override;
  Down down_;
};

/// Links two actors, or takes the link away.
class LinkEnvelope final : public SystemEnvelope<LinkEnvelope> {
 public:
  LinkEnvelope(Pid from, Pid to, bool link) noexcept : SystemEnvelope(from, to), link_(link) {}
  std::coroutine_handle<> deliver(Cell& cell) override;
  void arrive(Shard& shard, std::unique_ptr<Envelope> self) override;
  void undeliverable(Runtime& runtime, std::unique_ptr<Envelope> self) override;

 private:
  bool link_;
};

/// An exit signal on its way, from a link or from send_exit().
class ExitSignalEnvelope final : public SystemEnvelope<ExitSignalEnvelope, Exit> {
 public:
  ExitSignalEnvelope(Pid from, Pid to, ExitReason reason, bool from_link) noexcept
      : SystemEnvelope(from, to), reason_(std::move(reason)), from_link_(from_link) {}
  std::coroutine_handle<> deliver(Cell& cell) override;
  void arrive(Shard& shard, std::unique_ptr<Envelope> self) override;

 private:
  ExitReason reason_;
  bool from_link_;
};

/// An exit signal as the message that a trapping actor receives.
class ExitMessageEnvelope final : public StepEnvelope {
 public:
  ExitMessageEnvelope(Pid to, Exit exit) noexcept
      : StepEnvelope(exit.pid, to, Lane::signal), exit_(std::move(exit)) {}
  [[nodiscard]] const TypeTag& type() const noexcept override;

 private:
  Step<void> call(Cell& cell) override;
  Exit exit_;
};

class ChildStartedEnvelope final : public SystemEnvelope<ChildStartedEnvelope> {
 public:
  ChildStartedEnvelope(Pid child, Pid parent) noexcept : SystemEnvelope(child, parent) {}
  std::coroutine_handle<> deliver(Cell& cell) override;
  void arrive(Shard& shard, std::unique_ptr<Envelope> self) override;
  void undeliverable(Runtime& runtime, std::unique_ptr<Envelope> self) override;
};

class ChildExitEnvelope final : public StepEnvelope {
 public:
  /// @param is_news  Whether the parent gets a message, or just loses the child.
  ChildExitEnvelope(Pid parent, ChildExit exit, bool is_news) noexcept
      : StepEnvelope(exit.pid, parent, Lane::signal), exit_(std::move(exit)), is_news_(is_news) {}
  [[nodiscard]] const ChildExit& exit() const noexcept { return exit_; }
  void arrive(Shard& shard, std::unique_ptr<Envelope> self) override;
  [[nodiscard]] const TypeTag& type() const noexcept override;

 private:
  Step<void> call(Cell& cell) override;
  ChildExit exit_;
  bool is_news_;
};

class IdleEnvelope final : public StepEnvelope {
 public:
  explicit IdleEnvelope(Pid to) noexcept : StepEnvelope(to, to, Lane::urgent) {}
  [[nodiscard]] const TypeTag& type() const noexcept override;

 private:
  Step<void> call(Cell& cell) override;
};

class InfoEnvelope final : public StepEnvelope {
 public:
  InfoEnvelope(Pid to, Info info, const TypeTag& type) noexcept
      : StepEnvelope(info.from, to, Lane::user), info_(std::move(info)), type_(type) {}
  [[nodiscard]] const TypeTag& type() const noexcept override { return type_; }

 private:
  Step<void> call(Cell& cell) override;
  Info info_;
  const TypeTag& type_;
};

/// "End, please", from a supervisor, an operator or a dying parent.
class StopEnvelope final : public SystemEnvelope<StopEnvelope> {
 public:
  /// @param deadline  When the sender will lose patience.
  StopEnvelope(Pid to, ExitReason reason, Time deadline = Time::max()) noexcept
      : SystemEnvelope({}, to), reason_(std::move(reason)), deadline_(deadline) {}
  std::coroutine_handle<> deliver(Cell& cell) override;

 private:
  ExitReason reason_;
  Time deadline_;
};

/// "End, now."
class KillEnvelope final : public SystemEnvelope<KillEnvelope> {
 public:
  KillEnvelope(Pid to, ExitReason reason) noexcept
      : SystemEnvelope({}, to), reason_(std::move(reason)) {}
  std::coroutine_handle<> deliver(Cell& cell) override;

 private:
  ExitReason reason_;
};

/// Makes an actor crash as if a handler had thrown: for drills and tests.
class CrashEnvelope final : public SystemEnvelope<CrashEnvelope> {
 public:
  CrashEnvelope(Pid to, std::string why) noexcept : SystemEnvelope({}, to), why_(std::move(why)) {}
  std::coroutine_handle<> deliver(Cell& cell) override;

 private:
  std::string why_;
};

/// Runs a function inside an actor. Destroyed without having run if the actor is gone.
class InspectEnvelope final : public SystemEnvelope<InspectEnvelope> {
 public:
  using Action = std::move_only_function<void(Cell&)>;
  InspectEnvelope(Pid to, Action action) noexcept
      : SystemEnvelope({}, to), action_(std::move(action)) {}
  std::coroutine_handle<> deliver(Cell& cell) override;

 private:
  Action action_;
};

/// "Tell me when your mailbox has room."
class RoomEnvelope final : public SystemEnvelope<RoomEnvelope> {
 public:
  RoomEnvelope(Pid to, ReplyTo<Room> sender) noexcept
      : SystemEnvelope({}, to), sender_(std::move(sender)) {}
  std::coroutine_handle<> deliver(Cell& cell) override;
  void arrive(Shard& shard, std::unique_ptr<Envelope> self) override;

 private:
  ReplyTo<Room> sender_;
};

/// Makes an actor on the shard where it arrives.
class SpawnEnvelope final : public SystemEnvelope<SpawnEnvelope> {
 public:
  SpawnEnvelope(std::function<std::unique_ptr<Actor>()> factory, SpawnOptions options,
                ReplyTo<StartOutcome> reply) noexcept
      : SystemEnvelope({}, {}),
        factory_(std::move(factory)),
        options_(std::move(options)),
        reply_(std::move(reply)) {}
  std::coroutine_handle<> deliver(Cell& /*cell*/) override { return {}; }
  void arrive(Shard& shard, std::unique_ptr<Envelope> self) override;

 private:
  std::function<std::unique_ptr<Actor>()> factory_;
  SpawnOptions options_;
  ReplyTo<StartOutcome> reply_;
};

}  // namespace coppice::actors
