#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "supervisor/dynamic_supervisor.hpp"
#include "supervisor/supervisor.hpp"
#include "support/test_worker.hpp"

namespace coppice::supervisor {

using actors::Errc;
using actors::EventKind;
using actors::ExitReason;
using actors::Pid;
using actors::Ref;
using actors::Result;
using actors::StartOutcome;
using support::Script;
using support::Starting;
using support::TestWorker;

/// What a test's steps must not fail at.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// How the journal and reports name the reason of TestWorker::Crash.
inline const std::string kBoom = "error(std::runtime_error: boom)";

/// A deterministic world, one supervisor under test in it at the place "/top", and scripted workers
/// to put below it. Paths are relative to that place: "a", "sub/a", "child#1".
class SupervisionTest : public testing::Test {
 protected:
  using Entries = std::vector<std::string>;

  explicit SupervisionTest(actors::testkit::WorldOptions options = {}) : world_(options) {}

  // -- workers -----------------------------------------------------------------------------------
  /// The script of the worker @p name, made when first asked for.
  std::shared_ptr<Script> script(const std::string& name) {
    auto& script = scripts_[name];
    if (!script) script = std::make_shared<Script>(Script{.name = name, .journal = journal_});
    return script;
  }

  [[nodiscard]] std::uint32_t starts(const std::string& name) { return script(name)->starts; }

  /// A scripted worker as a child.
  ChildSpec child(const std::string& name, Restart restart = Restart::permanent) {
    return {.id = name, .start = support::test_worker(script(name)), .restart = restart};
  }

  // -- the supervisor under test -----------------------------------------------------------------
  /// @param spec  A SupervisorSpec or a Supervisor::MakeSpec.
  template <class Spec>
  [[nodiscard]] StartOutcome try_start(Spec spec) {
    return world_.start(actors::make_factory<Supervisor>(std::move(spec)), {.place = place_});
  }

  Ref<Supervisor> start(SupervisorSpec spec) {
    return world_.spawn_with<Supervisor>({.place = place_}, std::move(spec));
  }

  /// A supervisor of that strategy that tolerates many restarts.
  Ref<Supervisor> start(Strategy strategy, std::vector<ChildSpec> children) {
    return start(SupervisorSpec{{.strategy = strategy, .intensity = {.intensity = 1000}},
                                std::move(children)});
  }

  Ref<DynamicSupervisor> start_dynamic(DynamicFlags flags = {}) {
    return world_.spawn_with<DynamicSupervisor>({.place = place_}, flags);
  }

  /// Starts a child and requires that it runs.
  template <class S>
  Pid add(Ref<S> supervisor, ChildSpec spec) {
    return must(world_.call(supervisor, StartChild{std::move(spec)})).pid.value();
  }

  // -- looking -----------------------------------------------------------------------------------
  /// The incarnation at that place; none while there isn't one.
  [[nodiscard]] Pid pid(const std::string& path) {
    const auto place = place_->find(path);
    return place ? place->pid() : Pid();
  }

  template <class S>
  [[nodiscard]] std::vector<ChildInfo> which(Ref<S> supervisor) {
    return must(world_.call(supervisor, WhichChildren{}));
  }

  /// What the supervisor says of the child @p id; nothing if it doesn't know it.
  [[nodiscard]] std::optional<ChildInfo> info(Ref<Supervisor> supervisor, const std::string& id) {
    for (auto& each : which(supervisor)) {
      if (each.id == id) return each;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<ChildState> state(Ref<Supervisor> supervisor, const std::string& id) {
    const auto found = info(supervisor, id);
    return found ? std::optional(found->state) : std::nullopt;
  }

  template <class S>
  [[nodiscard]] ChildCounts counts(Ref<S> supervisor) {
    return must(world_.call(supervisor, CountChildren{}));
  }

  /// With what reason an actor ended; nothing while it lives.
  [[nodiscard]] std::optional<ExitReason> exit_reason(Pid pid) const {
    for (const auto& seen : world_.events(EventKind::actor_exit)) {
      if (seen.pid == pid) return seen.reason;
    }
    return std::nullopt;
  }

  /// What went wrong so far, as "<event> <path>", without what went as it should.
  [[nodiscard]] Entries reports() const {
    using enum EventKind;
    Entries out;
    for (const auto& seen : world_.events()) {
      const bool is_report = seen.kind == actor_crash || seen.kind == sup_child_terminated ||
                             seen.kind == sup_start_error || seen.kind == sup_shutdown_error ||
                             seen.kind == sup_gave_up;
      if (is_report) out.push_back(std::string(to_string(seen.kind)) + " " + seen.path);
    }
    return out;
  }

  /// Empties the journal and the list of events.
  void forget_past() {
    std::ignore = journal_->take();
    world_.forget_events();
  }

  // -- acting ------------------------------------------------------------------------------------
  void crash(Pid worker) { tell(worker, TestWorker::Crash{}); }
  void crash(const std::string& path) { crash(pid(path)); }
  void end(Pid worker, ExitReason reason) { tell(worker, TestWorker::End{std::move(reason)}); }
  void end(const std::string& path, ExitReason reason) { end(pid(path), std::move(reason)); }

  /// Sends a message to a worker and runs what follows from it at the present time.
  template <class M>
  void tell(Pid worker, M message) {
    const auto sent = Ref<TestWorker>(world_.runtime(), worker).cast(std::move(message));
    ASSERT_TRUE(sent) << "no such worker: " << to_string(worker);
    world_.run();
  }

  actors::testkit::World world_;
  std::shared_ptr<actors::testkit::Journal> journal_ = std::make_shared<actors::testkit::Journal>();
  std::shared_ptr<actors::Place> place_ =
      world_.runtime().root()->add_child("top", ChildType::supervisor, "under test");

 private:
  std::map<std::string, std::shared_ptr<Script>> scripts_;
};

}  // namespace coppice::supervisor
