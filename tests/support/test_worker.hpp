#pragma once

#include <any>
#include <cstdint>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include "actors/server.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::support {

/// How one start of a TestWorker goes.
enum class Starting : std::uint8_t {
  ok,
  stop,          ///< init says stop(custom("no start"))
  throws,        ///< init throws std::runtime_error("no init")
  ignore,        ///< init says ignore
  hang,          ///< init never returns
  empty_task,    ///< init returns a coroutine that isn't one
  constructor,   ///< the constructor throws std::runtime_error("no actor")
  null_pointer,  ///< the factory makes no actor
};

/// What the incarnations of one worker do. The test keeps it and may change it at any time.
struct Script {
  std::string name;
  std::shared_ptr<actors::testkit::Journal> journal;

  std::deque<Starting> next_starts{};  ///< one for each of the next starts,
  Starting start = Starting::ok;       ///< and what every other one does
  actors::Duration start_takes{};      ///< time that init spends before it does so
  std::any info{};                     ///< what Init::ok carries

  actors::Duration stop_takes{};  ///< time that the terminate hook spends; kForever: it hangs
  bool stop_throws = false;       ///< the terminate hook throws std::runtime_error("no stop")

  std::uint32_t starts = 0;  ///< how often it was asked to start
};

/// A worker that does what its script says and writes into the journal:
/// "start a" when it is asked to start, "stop a" when its terminate hook has run because of a plain
/// shutdown, "stop a: <reason>" for every other reason.
class TestWorker final : public actors::Server<TestWorker> {
 public:
  /// Throws std::runtime_error(what) from the handler.
  struct Crash {
    std::string what = "boom";
  };
  /// Ends itself with that reason.
  struct End {
    actors::ExitReason reason;
  };
  /// Answered with Script::starts as of this incarnation's start.
  struct Get {
    using Reply = std::uint32_t;
  };
  struct Unlink {
    actors::Pid from;
  };
  /// Keeps the handler waiting for that long; it ends early when the worker is told to stop.
  struct Sleep {
    actors::Duration time;
  };

  TestWorker(std::shared_ptr<Script> script, Starting starting)
      : script_(std::move(script)), starting_(starting), incarnation_(script_->starts) {
    if (starting_ == Starting::constructor) throw std::runtime_error("no actor");
  }

  actors::Task<actors::Init> init() {
    if (starting_ == Starting::empty_task) return {};
    return start_up();
  }

  actors::Task<void> terminate(actors::ExitReason reason) {
    if (script_->stop_takes > actors::Duration::zero()) {
      std::ignore = co_await actors::sleep_for(script_->stop_takes);
    }
    script_->journal->add(reason == actors::ExitReason::shutdown()
                              ? "stop " + script_->name
                              : "stop " + script_->name + ": " + reason.to_string());
    if (script_->stop_throws) throw std::runtime_error("no stop");
  }

  void handle(Crash message) { throw std::runtime_error(message.what); }
  void handle(End message) { stop(std::move(message.reason)); }
  [[nodiscard]] std::uint32_t handle(Get /*message*/) const { return incarnation_; }
  void handle(Unlink message) { unlink(message.from); }
  actors::Task<void> handle(Sleep message) {
    std::ignore = co_await actors::sleep_for(message.time);
  }

 private:
  actors::Task<actors::Init> start_up() {
    const bool hangs = starting_ == Starting::hang;
    const actors::Duration time = hangs ? actors::kForever : script_->start_takes;
    if (time > actors::Duration::zero()) std::ignore = co_await actors::sleep_for(time);
    switch (starting_) {
      case Starting::stop: co_return actors::Init::stop(actors::ExitReason::custom("no start"));
      case Starting::throws: throw std::runtime_error("no init");
      case Starting::ignore: co_return actors::Init::ignore();
      default: co_return actors::Init::ok(script_->info);
    }
  }

  std::shared_ptr<Script> script_;
  Starting starting_;
  std::uint32_t incarnation_;
};

/// Makes the workers of @p script: for a ChildSpec, or for World::start.
inline actors::Factory test_worker(std::shared_ptr<Script> script) {
  return [script = std::move(script)]() -> std::unique_ptr<actors::Actor> {
    Starting starting = script->start;
    if (!script->next_starts.empty()) {
      starting = script->next_starts.front();
      script->next_starts.pop_front();
    }
    ++script->starts;
    script->journal->add("start " + script->name);
    if (starting == Starting::null_pointer) return nullptr;
    return std::make_unique<TestWorker>(script, starting);
  };
}

}  // namespace coppice::support
