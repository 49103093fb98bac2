#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "actors/server.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::support {

/// An actor that does what a test tells it to, and keeps the signals that reach it.
///
///     auto probe = world.spawn<Probe>();
///     run_in(world, probe, [=](Probe& self) { self.link(other.pid()); });
class Probe final : public actors::Server<Probe> {
 public:
  /// Runs a coroutine as its handler. The function makes it from what it captured: the coroutine
  /// takes that by value.
  struct Run {
    std::function<actors::Task<void>(Probe*)> make;
  };
  /// Calls a plain function in its handler.
  struct Do {
    std::function<void(Probe&)> action;
  };
  struct Ping {
    using Reply = void;
  };

  /// Kept by the test, so that it can be read after the probe's end.
  struct Seen {
    std::vector<actors::Down> downs;
    std::vector<actors::Exit> exits;
    std::vector<actors::ChildExit> child_exits;
    std::vector<std::string> infos;
    std::size_t idle_timeouts = 0;
    std::optional<actors::ExitReason> terminated;
  };

  explicit Probe(std::shared_ptr<Seen> seen = std::make_shared<Seen>()) : seen_(std::move(seen)) {}

  void terminate(actors::ExitReason reason) { seen_->terminated = std::move(reason); }

  actors::Task<void> handle(Run message) { return message.make(this); }
  void handle(const Do& message) { message.action(*this); }
  void handle(Ping /*message*/) {}
  void handle(actors::Down down) { seen_->downs.push_back(std::move(down)); }
  void handle(actors::Exit exit) { seen_->exits.push_back(std::move(exit)); }
  void handle(actors::ChildExit exit) { seen_->child_exits.push_back(std::move(exit)); }
  void handle(actors::IdleTimeout /*timeout*/) { ++seen_->idle_timeouts; }
  void handle(const actors::Info& info) { seen_->infos.emplace_back(info.type_name); }

  using Server::background;
  using Server::demonitor;
  using Server::idle_timeout;
  using Server::io;
  using Server::join_group;
  using Server::leave_group;
  using Server::link;
  using Server::monitor;
  using Server::now;
  using Server::register_name;
  using Server::runtime;
  using Server::self;
  using Server::send_exit;
  using Server::spawn;
  using Server::start;
  using Server::stop;
  using Server::trap_exits;
  using Server::unlink;
  using Server::unregister_name;

 private:
  std::shared_ptr<Seen> seen_;
};

/// Runs @p action as a handler of @p probe, and then whatever else is ready.
inline void run_in(actors::testkit::World& world, const actors::Ref<Probe>& probe,
                   std::function<void(Probe&)> action) {
  probe.cast(Probe::Do{std::move(action)}).ignore();
  world.run();
}

/// What a call came to; empty while it waits.
template <class R>
using Answer = std::shared_ptr<std::optional<actors::Result<R>>>;

template <class Target, class M>
actors::Task<void> ask(Target target, M message, actors::Duration timeout,
                       Answer<typename M::Reply> answer) {
  *answer = co_await target.call(std::move(message), timeout);
}

/// Lets @p probe call @p target, and runs whatever is ready.
template <class Target, actors::CallMessage M>
Answer<typename M::Reply> call_from(actors::testkit::World& world, const actors::Ref<Probe>& probe,
                                    Target target, M message,
                                    actors::Duration timeout = actors::kDefaultCallTimeout) {
  auto answer = std::make_shared<std::optional<actors::Result<typename M::Reply>>>();
  probe
      .cast(Probe::Run{
          [=](Probe* /*self*/) { return ask<Target, M>(target, message, timeout, answer); }})
      .ignore();
  world.run();
  return answer;
}

/// Starts a coroutine as a handler of @p probe, and runs whatever is ready.
inline void start_in(actors::testkit::World& world, const actors::Ref<Probe>& probe,
                     std::function<actors::Task<void>(Probe*)> make) {
  probe.cast(Probe::Run{std::move(make)}).ignore();
  world.run();
}

}  // namespace coppice::support
