#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "app/crashes/crash.hpp"

/// What the handler of a fatal signal has left behind. It is lines of text:
///
///     coppice-crash 1              the format
///     signal 11                    the number, as the system has it
///     code 1                       why, with the address; or "sender PID" if somebody sent it
///     address 0x0
///     time 1764412345              seconds since 1970
///     process 4711
///     thread 4712
///     version 0.1.0                APP_VERSION
///     build 2953755efce0…          the program's build id
///     database /data/app.db        whose server it was
///     actor coppice::db::Writer    if an actor was at work, with what it was handling
///     message …
///     frame 0x1f2a30 /usr/bin/coppice
///     …                            addresses in the module's file, innermost first
///     end                          missing if the report could not be finished
///
/// A line of another kind is of a later release, and ignored.
namespace coppice::app::crashes {

struct ReportedFrame {
  std::uint64_t offset = 0;
  std::string module{};
};

struct SignalReport {
  int signal = 0;
  int code = 0;
  std::string address{};
  std::int64_t sender = 0;  ///< 0 if nobody sent it.
  std::int64_t time = 0;
  std::int64_t process = 0;
  std::int64_t thread = 0;
  std::string version{};
  std::string build{};
  std::string database{};
  std::string actor{};
  std::string message{};
  std::vector<ReportedFrame> frames{};
};

/// Errors: malformed if it doesn't begin as a report does.
[[nodiscard]] actors::Result<SignalReport> parse_signal_report(std::string_view text);

/// The crash as the ledger has it. Frames of this build of the program have names; those of another
/// one, which is gone, have what addr2line needs. Slow.
[[nodiscard]] Crash crash_of(const SignalReport& report);

}  // namespace coppice::app::crashes
