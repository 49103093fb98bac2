#include "app/admin/tracing.hpp"

#include <chrono>
#include <functional>
#include <tuple>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "actors/place_settled.hpp"
#include "actors/sys.hpp"
#include "app/utc_time.hpp"

namespace coppice::app::admin {
namespace {

using actors::Errc;
using actors::Event;
using actors::EventKind;
using actors::fail;
using actors::Pid;
using actors::Result;

std::string message_json(const Event& event) {
  const auto us = std::chrono::duration<double, std::micro>(event.duration).count();
  boost::json::object out{{"at", utc_time_ms(std::chrono::system_clock::now())},
                          {"message", event.type},
                          {"us", us},
                          {"mailbox", event.value}};
  if (event.other) out["from"] = boost::json::object{{"pid", to_string(event.other)}};
  if (!event.detail.empty()) out[event.detail] = true;  // "waits", "waited"
  return boost::json::serialize(out);
}

/// On the actor's thread, for each of its messages: only what has to be done there.
actors::EventHandler writer_of(Pid pid, std::shared_ptr<LineQueue> lines) {
  return [pid, lines = std::move(lines)](const Event& event) {
    if (event.pid != pid) return;
    if (event.kind == EventKind::actor_message) {
      lines->put(message_json(event));
      return;
    }
    lines->put(R"({"ended":"the actor has ended"})");
    lines->close();
  };
}

/// Runs something when it is destroyed.
class AtEnd {
 public:
  explicit AtEnd(std::function<void()> action) : action_(std::move(action)) {}
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;
  ~AtEnd() { action_(); }

 private:
  const std::function<void()> action_;
};

}  // namespace

Result<Tracing::Trace> Tracing::begin(const std::string& path, actors::Duration time) {
  const auto place = runtime_.root()->find(path);
  if (!place) return fail(Errc::not_found, "there is no actor at " + path);
  const auto pid = actors::resolve_place(*place);
  if (!pid) return std::unexpected(pid.error());
  if (auto claimed = claim(*pid); !claimed) return std::unexpected(claimed.error());
  auto lines = std::make_shared<LineQueue>();
  auto subscription = std::make_shared<actors::EventBus::Subscription>(runtime_.events().attach(
      writer_of(*pid, lines), {EventKind::actor_message, EventKind::actor_exit}));
  auto running = std::make_shared<AtEnd>([self = shared_from_this(), subscription, pid = *pid] {
    subscription->reset();
    self->end(pid);
  });
  if (auto begun = actors::Sys(runtime_, *pid).trace(time); !begun) {
    return std::unexpected(begun.error());
  }
  return Trace{.lines = std::move(lines),
               .running = std::move(running),
               .senders = std::make_shared<SenderPaths>(runtime_)};
}

Result<void> Tracing::claim(Pid pid) {
  const std::lock_guard lock(mutex_);
  if (pids_.contains(pid)) return fail(Errc::conflict, "it is being traced already");
  if (pids_.size() >= kMost) {
    return fail(Errc::overloaded, std::to_string(kMost) + " actors are being traced already");
  }
  pids_.insert(pid);
  return {};
}

/// The actor is told by a thread that may wait for it. Until then it counts as traced.
void Tracing::end(Pid pid) {
  const auto work = work_.lock();
  if (!work) return;  // the server has ended, and its actors
  work->later("POST /v1/trace", [self = shared_from_this(), pid] {
    std::ignore = actors::Sys(self->runtime_, pid, std::chrono::seconds(1)).trace({});
    const std::lock_guard lock(self->mutex_);
    self->pids_.erase(pid);
  });
}

}  // namespace coppice::app::admin
