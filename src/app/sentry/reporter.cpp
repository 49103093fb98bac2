#include "app/sentry/reporter.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "actors/stop_at_end.hpp"
#include "app/log_scope.hpp"
#include "app/outgoing/http_request.hpp"
#include "app/sentry/rate_limits.hpp"
#include "app/version.hpp"

namespace coppice::app::sentry {
namespace {

using actors::Event;
using actors::EventKind;
using actors::Task;

constexpr auto kSameWithin = std::chrono::minutes(1);
constexpr std::size_t kMostRemembered = 500;
constexpr std::size_t kMostCrumbBytes = 300;
constexpr std::chrono::seconds kFirstPatience(5);
constexpr std::chrono::seconds kLongestPatience(300);
constexpr std::chrono::seconds kRequestTimeout(10);
constexpr long kTooManyRequests = 429;
constexpr std::string_view kOwnFolder = "app/sentry";

std::string crumb_message(const Event& event) {
  std::string text(event.path);
  const auto add = [&](std::string_view part) {
    if (part.empty()) return;
    if (!text.empty()) text += ": ";
    text += part;
  };
  add(event.type);
  if (event.reason != nullptr) add(event.reason->to_string());
  add(event.detail.substr(0, event.detail.find('\n')));
  return clean_text(text, kMostCrumbBytes);
}

bool is_success(long status) { return status >= 200 && status < 300; }
/// Whether the same may be taken later: the service has trouble, or has enough for now.
bool is_passing(long status) { return status >= 500 || status == kTooManyRequests; }

}  // namespace

void Trail::note(const Event& event) {
  Breadcrumb crumb{.at = crashes::milliseconds_now(),
                   .category = std::string(to_string(event.kind)),
                   .message = crumb_message(event)};
  const std::lock_guard lock(mutex_);
  crumbs_.push_back(std::move(crumb));
  if (crumbs_.size() > kMost) crumbs_.pop_front();
}

std::vector<Breadcrumb> Trail::crumbs() const {
  const std::lock_guard lock(mutex_);
  return {crumbs_.begin(), crumbs_.end()};
}

Following follow(actors::EventBus& events, FeedPtr feed) {
  if (!feed) return {};
  // Those that are rare while all is well.
  return {.crashes = events.attach([feed](const Event& event) { feed->crashes.note(event); },
                                   {EventKind::actor_crash}),
          .trail = events.attach(
              [feed](const Event& event) { feed->trail.note(event); },
              {EventKind::actor_crash, EventKind::sup_child_terminated, EventKind::sup_restart,
               EventKind::sup_start_error, EventKind::sup_gave_up, EventKind::sup_shutdown_error,
               EventKind::mailbox_overflow, EventKind::handler_slow, EventKind::core_stalled,
               EventKind::zombie_add, EventKind::limit_memory, EventKind::io_crash})};
}

void Feed::note(const LogLine& line) {
  if (line.folder == kOwnFolder) return;
  if (errors.add(logged_error(line))) crashes.wake();
}

void follow_errors(Log& log, const FeedPtr& feed) {
  if (!feed) return;
  // The log goes on when there is nobody to report to any more.
  log.tell_errors_to([feed = std::weak_ptr(feed)](const LogLine& line) {
    if (const auto still = feed.lock()) still->note(line);
  });
}

FeedPtr make_feed(const Config& config) {
  if (!config.sentry_dsn) return nullptr;
  return std::make_shared<Feed>(
      *config.sentry_dsn,
      EventFacts{.release = config.version, .environment = config.sentry_environment});
}

supervisor::ChildSpec reporter_child(FeedPtr feed) {
  auto spec = supervisor::worker<Reporter>("sentry", std::move(feed));
  spec.backoff =
      supervisor::Backoff{.min = std::chrono::seconds(1), .max = std::chrono::minutes(1)};
  return spec;
}

void Reporter::init() {
  feed_->crashes.buffer.give_up();
  feed_->crashes.keeper.enter(runtime(), cell().place());
  background(actors::stop_at_end(stop_));
  handle(Wake{});
}

void Reporter::handle(Wake /*message*/) {
  feed_->crashes.woken = false;
  if (!std::exchange(working_, true)) background(work());
}

Task<void> Reporter::work() {
  bool goes_on = true;
  while (goes_on && waiting() > 0) {
    const auto pause = co_await send_next();
    if (pause > actors::Duration::zero()) goes_on = co_await actors::sleep_for(pause);
  }
  working_ = false;
}

std::size_t Reporter::waiting() const {
  return feed_->crashes.buffer.waiting() + feed_->errors.waiting();
}

/// Gives how long to wait before the next.
Task<actors::Duration> Reporter::send_next() {
  if (feed_->crashes.buffer.waiting() > 0) co_return co_await send_crash();
  co_return co_await send_error();
}

Task<actors::Duration> Reporter::send_crash() {
  auto& buffer = feed_->crashes.buffer;
  auto taken = buffer.take(1);
  if (taken.empty() || hold_back(taken.front().crash.fingerprint, taken.front().crash.count)) {
    buffer.arrived();
    co_return actors::Duration::zero();
  }
  auto envelope = [feed = feed_, raw = taken.front()] {
    return envelope_of(crashes::with_names(raw), feed->facts, feed->trail.crumbs(), new_event_id());
  };
  const auto outcome = co_await post(std::move(envelope));
  if (outcome.kind == Outcome::Kind::later) {
    buffer.give_back(std::move(taken));
    co_return put_off(outcome);
  }
  buffer.arrived();
  const auto fingerprint = taken.front().crash.fingerprint;
  const auto count = taken.front().crash.count;
  const bool is_sent = settle(outcome, fingerprint);
  (is_sent ? feed_->sent : feed_->refused) += static_cast<std::uint64_t>(count);
  feed_->reported(fingerprint, count);
  co_return outcome.pause;
}

Task<actors::Duration> Reporter::send_error() {
  auto taken = feed_->errors.take();
  if (!taken || hold_back(taken->fingerprint, taken->count)) co_return actors::Duration::zero();
  if (!error_limit_.admit(now())) {
    feed_->errors.drop(taken->count);
    co_return actors::Duration::zero();
  }
  auto envelope = [feed = feed_, error = *taken] {
    return envelope_of(error, feed->facts, feed->trail.crumbs(), new_event_id());
  };
  const auto outcome = co_await post(std::move(envelope));
  if (outcome.kind == Outcome::Kind::later) {
    feed_->errors.give_back(std::move(*taken));
    co_return put_off(outcome);
  }
  const bool is_sent = settle(outcome, taken->fingerprint);
  (is_sent ? feed_->errors_sent : feed_->errors_refused) +=
      static_cast<std::uint64_t>(taken->count);
  co_return outcome.pause;
}

/// Makes the envelope and sends it where nobody waits for that.
Task<Reporter::Outcome> Reporter::post(MakeEnvelope envelope) {
  auto request = [feed = feed_, envelope = std::move(envelope), stop = stop_.get_token()] {
    const LogScope about({.is_reported = true});  // what goes wrong with a report makes no other
    return send(feed, envelope(), stop);
  };
  auto done = co_await actors::blocking(std::move(request), actors::kForever);
  if (done) co_return std::move(*done);
  co_return Outcome{.trouble = done.error().message()};
}

/// How long until it is tried again.
actors::Duration Reporter::put_off(const Outcome& outcome) {
  note_trouble(outcome.trouble);
  patience_ = std::clamp(patience_ * 2, kFirstPatience, kLongestPatience);
  return std::max(patience_, outcome.pause);
}

/// Whether it was taken, rather than refused for good.
bool Reporter::settle(const Outcome& outcome, std::int64_t fingerprint) {
  patience_ = std::chrono::seconds(0);
  recent_[fingerprint] = {.at = now(), .held_back = 0};
  if (outcome.kind == Outcome::Kind::refused) {
    ++refused_;
    note_trouble(outcome.trouble);
    return false;
  }
  ++sent_;
  trouble_.clear();
  return true;
}

/// Whether an equal one was sent just now. If not, it stands for those that were held back.
bool Reporter::hold_back(std::int64_t fingerprint, std::int64_t& count) {
  if (recent_.size() > kMostRemembered) recent_.clear();
  const auto found = recent_.find(fingerprint);
  if (found == recent_.end()) return false;
  if (now() - found->second.at < kSameWithin) {
    found->second.held_back += count;
    return true;
  }
  count += std::exchange(found->second.held_back, 0);
  return false;
}

Reporter::Outcome Reporter::send(const FeedPtr& feed, const std::string& envelope,
                                 const std::stop_token& stop) {
  outgoing::HttpRequest request;
  request.method = "POST";
  request.url = feed->dsn.envelope_url;
  request.headers = {"content-type: application/x-sentry-envelope",
                     fmt::format("x-sentry-auth: Sentry sentry_version=7, "
                                 "sentry_client=coppice/{}, sentry_key={}",
                                 kVersion, feed->dsn.key)};
  request.body = envelope;
  request.timeout = kRequestTimeout;
  request.wanted_header = "x-sentry-rate-limits";
  const auto answer = outgoing::send(request, stop);
  if (!answer) return {.trouble = answer.error().message()};
  Outcome outcome{.kind = Outcome::Kind::sent,
                  .pause = pause_after(answer->wanted_header, answer->retry_after,
                                       answer->status == kTooManyRequests)};
  if (is_success(answer->status)) return outcome;
  outcome.kind = is_passing(answer->status) ? Outcome::Kind::later : Outcome::Kind::refused;
  outcome.trouble = fmt::format("{} answers {}: {}", feed->dsn.host, answer->status,
                                clean_text(answer->body, kMostCrumbBytes));
  return outcome;
}

void Reporter::note_trouble(const std::string& trouble) {
  const bool is_news = trouble_.empty();
  trouble_ = trouble;
  if (is_news && !stop_.stop_requested())
    SPDLOG_WARN("crashes and errors are not sent to Sentry: {}", trouble);
}

std::string Reporter::describe() const {
  auto text =
      fmt::format("to {}; {} sent, {} refused, {} waiting, {} dropped", feed_->dsn.host, sent_,
                  refused_, waiting(), feed_->crashes.buffer.dropped() + feed_->errors.dropped());
  return trouble_.empty() ? text : text + "; failed: " + trouble_;
}

}  // namespace coppice::app::sentry
