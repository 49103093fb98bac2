#include "app/crashes/crash.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "actors/symbolise.hpp"
#include "app/utc_time.hpp"

namespace coppice::app::crashes {
namespace {

constexpr std::size_t kMostFrames = 64;
constexpr std::string_view kChannelType = "channel";
constexpr std::size_t kComparedFrames = 6;  // the first ones are the runtime's, of the throw

/// Numbers that tell children of a dynamic supervisor apart: "connection#12" is "connection#".
std::string without_numbers(std::string_view path) {
  std::string out;
  bool in_number = false;
  for (const char c : path) {
    in_number = c == '#' || (in_number && c >= '0' && c <= '9');
    if (!in_number || c == '#') out += c;
  }
  return out;
}

/// Where it was, as far as that tells crashes apart. A channel's topic is what a client has called
/// it: the part before the colon says which kind of channel it is.
std::string kind_of_place(const actors::Event& event) {
  const auto path = event.path;
  if (event.type != kChannelType) return without_numbers(path);
  return std::string(path.substr(0, path.find(':')));
}

class Fingerprint {
 public:
  void add(std::string_view text) { mix(std::hash<std::string_view>()(text)); }
  void add(const void* address) { mix(std::hash<const void*>()(address)); }
  [[nodiscard]] std::int64_t value() const noexcept { return static_cast<std::int64_t>(value_); }

 private:
  void mix(std::size_t hash) noexcept {
    value_ ^= hash + 0x9E3779B97F4A7C15U + (value_ << 6U) + (value_ >> 2U);
  }
  std::uint64_t value_ = 0;
};

const actors::ExceptionInfo* exception_of(const actors::Event& event) {
  return event.reason != nullptr ? event.reason->exception() : nullptr;
}

}  // namespace

std::int64_t fingerprint_of(const actors::Event& event) {
  Fingerprint print;
  print.add(kind_of_place(event));
  print.add(event.type);
  if (event.crash != nullptr) print.add(event.crash->message_type);
  if (event.reason != nullptr) print.add(event.reason->text());
  if (const auto* exception = exception_of(event)) {
    print.add(exception->type);
    const std::span frames(exception->stack);
    for (const void* frame : frames.first(std::min(frames.size(), kComparedFrames))) {
      print.add(frame);
    }
  }
  return print.value();
}

std::int64_t count_of(const actors::Event& event) noexcept {
  return std::max<std::int64_t>(static_cast<std::int64_t>(event.value), 1);
}

RawCrash raw_crash(const actors::Event& event, std::int64_t fingerprint, std::string_view version) {
  RawCrash raw;
  Crash& crash = raw.crash;
  crash.at = crash.last_at = milliseconds_now();
  crash.count = count_of(event);
  crash.fingerprint = fingerprint;
  crash.kind = kActor;
  crash.path = clean_text(event.path, kMostNameBytes, Lines::one);
  crash.actor = clean_text(event.type, kMostNameBytes, Lines::one);
  if (event.pid) crash.pid = actors::to_string(event.pid);
  crash.version = clean_text(version, kMostNameBytes);
  if (event.reason != nullptr) crash.reason = clean_text(event.reason->to_string(), kMostTextBytes);
  if (const auto* exception = exception_of(event)) {
    crash.exception = clean_text(exception->type, kMostNameBytes);
    crash.message = clean_text(exception->message, kMostNameBytes);
    raw.frames = exception->stack;
    raw.frames.resize(std::min(raw.frames.size(), kMostFrames));
    raw.awaiting = exception->awaiting;
    raw.awaiting.resize(std::min(raw.awaiting.size(), kMostFrames));
  }
  if (event.crash == nullptr) return raw;
  const actors::CrashReport& report = *event.crash;
  crash.incarnation = static_cast<std::int64_t>(report.incarnation);
  crash.message = clean_text(report.message_type, kMostNameBytes);
  crash.mailbox = report.mailbox_depth;
  crash.handled = static_cast<std::int64_t>(report.handled);
  crash.state = clean_text(report.state, kMostTextBytes);
  return raw;
}

Crash with_names(RawCrash raw) {
  if (!raw.crash.stack.empty()) return std::move(raw.crash);
  std::string stack = actors::symbolise(raw.frames);
  for (const auto& caller : raw.awaiting) stack += "awaited by " + caller + "\n";
  raw.crash.stack = clean_text(stack, kMostStackBytes);
  return std::move(raw.crash);
}

std::int64_t milliseconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string utc_milliseconds(std::int64_t at) {
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(at)};
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  auto text = utc_time(whole);
  if (text.ends_with('Z')) text.pop_back();
  return fmt::format("{}.{:03}Z", text, (time - whole).count());
}

}  // namespace coppice::app::crashes
