#include "app/crashes/signal_report.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "actors/symbolise.hpp"
#include "app/crashes/modules.hpp"

namespace coppice::app::crashes {
namespace {

constexpr std::string_view kFirstLine = "coppice-crash 1";
constexpr std::size_t kMostReportedFrames = 100;
constexpr std::size_t kComparedReportedFrames = 4;

template <class Number>
void read_number(std::string_view text, Number& out) {
  std::from_chars(text.data(), text.data() + text.size(), out);
}

void read_reported_frame(std::string_view text, SignalReport& report) {
  if (report.frames.size() == kMostReportedFrames) return;
  const auto space = std::min(text.find(' '), text.size());
  auto digits = text.substr(0, space);
  if (digits.starts_with("0x")) digits.remove_prefix(2);
  ReportedFrame frame;
  std::from_chars(digits.data(), digits.data() + digits.size(), frame.offset, 16);
  frame.module = clean_text(text.substr(std::min(space + 1, text.size())), kMostNameBytes);
  report.frames.push_back(std::move(frame));
}

void read_report_line(std::string_view line, SignalReport& report) {
  const auto space = std::min(line.find(' '), line.size());
  const auto name = line.substr(0, space);
  const auto value = line.substr(std::min(space + 1, line.size()));
  if (name == "signal") read_number(value, report.signal);
  if (name == "code") read_number(value, report.code);
  if (name == "address") report.address = clean_text(value, kMostNameBytes);
  if (name == "sender") read_number(value, report.sender);
  if (name == "time") read_number(value, report.time);
  if (name == "process") read_number(value, report.process);
  if (name == "thread") read_number(value, report.thread);
  if (name == "version") report.version = clean_text(value, kMostNameBytes);
  if (name == "build") report.build = clean_text(value, kMostNameBytes);
  if (name == "database") report.database = value;
  if (name == "actor") report.actor = clean_text(value, kMostNameBytes);
  if (name == "message") report.message = clean_text(value, kMostNameBytes);
  if (name == "frame") read_reported_frame(value, report);
}

std::string name_of(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

std::string_view meaning_of(const SignalReport& report) {
  if (report.signal == SIGSEGV && report.code == SEGV_MAPERR) return "nothing is there";
  if (report.signal == SIGSEGV && report.code == SEGV_ACCERR) return "access denied";
  if (report.signal == SIGBUS && report.code == BUS_ADRALN) return "misaligned";
  if (report.signal == SIGBUS && report.code == BUS_ADRERR) return "the file has no such part";
  if (report.signal == SIGFPE && report.code == FPE_INTDIV) return "division by zero";
  return "";
}

std::string reason_of_report(const SignalReport& report) {
  const char* const description = sigdescr_np(report.signal);
  auto text = name_of(report.signal);
  if (description != nullptr) text += fmt::format(" ({})", description);
  if (report.sender == report.process && report.sender != 0)
    return text + ", by the process itself";
  if (report.sender != 0) return text + fmt::format(", sent by process {}", report.sender);
  if (!report.address.empty()) text += " at " + report.address;
  const auto meaning = meaning_of(report);
  return meaning.empty() ? text : text + ": " + std::string(meaning);
}

std::string raw_frame(const ReportedFrame& frame) {
  const auto module = std::filesystem::path(frame.module).filename().string();
  return fmt::format("{}+{:#x}\n", module, frame.offset);
}

/// Where the frames are in this process; null for those that are not.
std::vector<const void*> addresses_of(const std::vector<ReportedFrame>& frames) {
  const auto modules = loaded_modules();
  std::vector<const void*> addresses;
  // Of the first, where the signal struck; symbolise() takes all for where a call returns to, and
  // looks a byte before.
  std::uintptr_t ahead = 1;
  for (const auto& frame : frames) {
    const auto found = std::ranges::find(modules, frame.module, &Module::path);
    const auto address = found == modules.end() ? 0 : found->base + frame.offset + ahead;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address is what it is
    addresses.push_back(reinterpret_cast<const void*>(address));
    ahead = 0;
  }
  return addresses;
}

std::string stack_of(const SignalReport& report) {
  std::string stack;
  if (report.build != own_build_id()) {
    stack = "(of another build, " + report.build + ": addr2line -fCe PROGRAM OFFSET tells more)\n";
    for (const auto& frame : report.frames) stack += raw_frame(frame);
    return stack;
  }
  const auto names = actors::symbolise(addresses_of(report.frames));
  std::string_view rest = names;
  for (const auto& frame : report.frames) {
    const auto line = rest.substr(0, rest.find('\n') + 1);
    rest.remove_prefix(line.size());
    stack += line.starts_with('?') ? raw_frame(frame) : line;
  }
  return stack;
}

std::int64_t fingerprint_of_report(const SignalReport& report) {
  auto text = fmt::format("{} {}", report.signal, report.build);
  const auto compared = std::min(report.frames.size(), kComparedReportedFrames);
  for (std::size_t i = 0; i < compared; ++i) text += fmt::format(" {}", report.frames[i].offset);
  return static_cast<std::int64_t>(std::hash<std::string>()(text));
}

}  // namespace

actors::Result<SignalReport> parse_signal_report(std::string_view text) {
  if (!text.starts_with(kFirstLine)) {
    return actors::fail(actors::Errc::malformed,
                        "it doesn't begin with " + std::string(kFirstLine));
  }
  SignalReport report;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    read_report_line(text.substr(0, end), report);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return report;
}

Crash crash_of(const SignalReport& report) {
  Crash crash;
  crash.at = crash.last_at = report.time * 1000;
  crash.fingerprint = fingerprint_of_report(report);
  crash.kind = kSignal;
  crash.pid = fmt::format("{}/{}", report.process, report.thread);
  crash.actor = report.actor;
  crash.message = report.message;
  crash.exception = name_of(report.signal);
  crash.version = report.version;
  crash.reason = clean_text(reason_of_report(report), kMostTextBytes);
  crash.stack = clean_text(stack_of(report), kMostStackBytes);
  return crash;
}

}  // namespace coppice::app::crashes
