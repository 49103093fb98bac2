#include "app/telemetry.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/symbolise.hpp"
#include "actors/telemetry.hpp"
#include "app/clean_text.hpp"
#include "app/log_scope.hpp"
#include "app/utc_time.hpp"

namespace coppice::app {
namespace {

constexpr std::size_t kLongestPath = 1000;

using actors::Event;
using actors::EventKind;

spdlog::level::level_enum level_of(EventKind kind) {
  using enum EventKind;
  switch (kind) {
    case actor_crash:
    case sup_gave_up:
    case sup_unrestarted_supervisor:
    case core_stalled:
    case io_crash: return spdlog::level::err;
    case sup_start_error:
    case sup_shutdown_error:
    case handler_slow:
    case mailbox_overflow:
    case zombie_add:
    case limit_memory:
    case registry_conflict: return spdlog::level::warn;
    case sup_restart:
    case sup_child_terminated:
    case sup_auto_shutdown:
    case sup_shutdown:
    case backoff_wait:
    case mailbox_age:
    case zombie_reap:
    case sup_unexpected_message: return spdlog::level::info;
    default: return spdlog::level::debug;
  }
}

// What happens for each connection or call is counted elsewhere; here it would only be noise.
bool is_kept(EventKind kind) { return level_of(kind) >= spdlog::level::info; }

/// Where it is told, in the source.
std::string_view folder_of(EventKind kind) {
  return to_string(kind).starts_with("sup.") ? "supervisor" : "actors";
}

void add_crash(boost::json::object& fields, const actors::CrashReport& crash) {
  fields["actor"] = crash.actor_type;
  if (!crash.message_type.empty()) fields["message"] = crash.message_type;
  fields["incarnation"] = crash.incarnation;
  fields["mailbox"] = crash.mailbox_depth;
  fields["handled"] = crash.handled;
  if (!crash.state.empty()) fields["state"] = clean_text(crash.state);
  if (crash.caller) fields["caller"] = to_string(crash.caller);
  const actors::ExceptionInfo* exception = crash.reason.exception();
  if (exception == nullptr) return;
  fields["exception"] = exception->type;
  fields["what"] = clean_text(exception->what);
  fields["stack"] = exception->symbolised_stack();
  boost::json::array awaiting;
  for (const auto& frame : exception->awaiting) awaiting.emplace_back(frame);
  if (!awaiting.empty()) fields["awaiting"] = std::move(awaiting);
}

std::string fields_of(const Telemetry::Record& record) {
  boost::json::object fields;
  if (!record.path.empty()) fields["path"] = record.path;
  if (record.pid) fields["pid"] = to_string(record.pid);
  if (!record.type.empty()) fields["type"] = record.type;
  if (!record.request_id.empty()) fields["request_id"] = record.request_id;
  if (!record.detail.empty()) fields["detail"] = clean_text(record.detail);
  if (record.reason) fields["reason"] = clean_text(record.reason->to_string());
  if (record.duration != actors::Duration::zero()) {
    fields["ms"] = std::chrono::duration<double, std::milli>(record.duration).count();
  }
  if (record.value != 0) fields["value"] = record.value;
  if (!record.stack.empty()) fields["stack"] = actors::symbolise(record.stack);
  if (record.crash) add_crash(fields, *record.crash);
  return boost::json::serialize(fields);
}

Telemetry::Record copy(const Event& event) {
  return {.at = std::chrono::system_clock::now(),
          .kind = event.kind,
          .pid = event.pid,
          .other = event.other,
          .path = clean_text(event.path, kLongestPath, Lines::one),
          .type = clean_text(event.type, kLongestPath, Lines::one),
          .detail = std::string(event.detail),
          .duration = event.duration,
          .value = event.value,
          .reason = event.reason != nullptr ? std::optional(*event.reason) : std::nullopt,
          .crash = event.crash != nullptr
                       ? std::make_shared<const actors::CrashReport>(*event.crash)
                       : nullptr,
          .stack = {event.stack.begin(), event.stack.end()},
          .request_id = std::string(event.request_id)};
}

}  // namespace

void Telemetry::init() {
  if constexpr (!actors::kTelemetry) return;
  subscription_ = runtime().events().attach([self = self(), lost = lost_](const Event& event) {
    // Its own messages, traced, would each make the next one.
    if (event.kind == EventKind::actor_message && event.pid == self.pid()) return;
    if (!is_kept(event.kind) && !spdlog::should_log(level_of(event.kind))) return;
    if (!self.cast(copy(event))) lost->fetch_add(1, std::memory_order_relaxed);
  });
}

void Telemetry::handle(const Record& record) {
  // One crash of a channel may stand for those that were not reported, lest they fill the log.
  const bool is_crash = record.kind == EventKind::actor_crash;
  counts_[static_cast<std::size_t>(record.kind)] +=
      is_crash ? std::max<std::uint64_t>(record.value, 1) : 1;
  std::string fields = fields_of(record);
  const auto level = level_of(record.kind);
  if (spdlog::should_log(level)) {
    const LogScope about({.folder = folder_of(record.kind),
                          .actor = record.path,
                          .request_id = record.request_id,
                          .is_reported = is_crash});
    SPDLOG_LOGGER_CALL(spdlog::default_logger_raw(), level, "{} {}", to_string(record.kind),
                       fields);
  }
  if (is_kept(record.kind)) keep(record, static_cast<LogLevel>(level), std::move(fields));
}

void Telemetry::keep(const Record& record, LogLevel level, std::string fields) {
  if (journal_) {
    auto line =
        fmt::format(R"({{"at":"{}","kind":"{}")", utc_time_ms(record.at), to_string(record.kind));
    line += fields == "{}" ? "}" : "," + fields.substr(1);
    journal_->add({.level = level,
                   .kind = std::string(to_string(record.kind)),
                   .path = record.path,
                   .json = std::move(line)});
  }
  recent_.push_back({record.at, record.kind, std::move(fields)});
  if (recent_.size() > kKept) recent_.pop_front();
}

Telemetry::Counts::Reply Telemetry::handle(Counts /*message*/) {
  Counts::Reply out;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    out.emplace_back(to_string(static_cast<EventKind>(i)), counts_[i]);
  }
  return out;
}

Telemetry::Recent::Reply Telemetry::handle(Recent message) {
  const std::size_t count = std::min(message.most, recent_.size());
  return {recent_.end() - static_cast<std::ptrdiff_t>(count), recent_.end()};
}

std::string Telemetry::describe() const {
  std::uint64_t total = 0;
  for (const auto count : counts_) total += count;
  return std::to_string(total) + " events, " +
         std::to_string(lost_->load(std::memory_order_relaxed)) + " lost";
}

}  // namespace coppice::app
