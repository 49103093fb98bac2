#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "actors/events.hpp"
#include "app/clean_text.hpp"

/// What crashed, kept where a restart doesn't reach it. See docs/crashes.md.
namespace coppice::app::crashes {

/// One crash, or several equal ones. Texts are UTF-8 and bounded.
struct Crash {
  std::int64_t at = 0;           ///< Of the first; milliseconds since 1970.
  std::int64_t last_at = 0;      ///< Of the last.
  std::int64_t count = 1;        ///< How many this stands for.
  std::int64_t fingerprint = 0;  ///< Equal ones have the same.
  std::string kind{};            ///< kActor or kSignal.
  std::string path{};            ///< Place in the tree, or a channel's topic; may be empty.
  std::string pid{};
  std::int64_t incarnation = 0;
  std::string actor{};      ///< Its type.
  std::string message{};    ///< The type of what it was handling; may be empty.
  std::string exception{};  ///< Its type, or the signal's name; may be empty.
  std::int64_t mailbox = 0;
  std::int64_t handled = 0;
  std::string version{};  ///< Of the release that crashed.
  std::string reason{};
  std::string state{};  ///< What describe() said, which redacts.
  std::string stack{};  ///< A frame a line, innermost first.

  auto fields(this auto& self) {
    return std::tie(self.at, self.last_at, self.count, self.fingerprint, self.kind, self.path,
                    self.pid, self.incarnation, self.actor, self.message, self.exception,
                    self.mailbox, self.handled, self.version, self.reason, self.state, self.stack);
  }
};

inline constexpr std::string_view kActor = "actor";    ///< An exception ended an actor.
inline constexpr std::string_view kSignal = "signal";  ///< A signal ended the process.

inline constexpr std::size_t kMostNameBytes = 512;   ///< Of a path, a type.
inline constexpr std::size_t kMostTextBytes = 2048;  ///< Of a reason, a state.
inline constexpr std::size_t kMostStackBytes = 16384;

/// A crash whose stack has no names yet: finding them takes milliseconds.
struct RawCrash {
  Crash crash;
  std::vector<const void*> frames;    ///< Of this process; innermost first.
  std::vector<std::string> awaiting;  ///< "function (file:line)" of suspended callers.
};

/// Whether two crashes are told apart: by where in the tree (children of one dynamic supervisor are
/// as one), what was handled, which exception, and the top of its stack. Thread: any.
[[nodiscard]] std::int64_t fingerprint_of(const actors::Event& event);

/// What is kept of an event `actor.crash`. Thread: any.
[[nodiscard]] RawCrash raw_crash(const actors::Event& event, std::int64_t fingerprint,
                                 std::string_view version);

/// How many crashes an event stands for.
[[nodiscard]] std::int64_t count_of(const actors::Event& event) noexcept;

/// Finds the names of the stack's functions, unless it has them. Slow.
[[nodiscard]] Crash with_names(RawCrash raw);

/// Now, in milliseconds since 1970.
[[nodiscard]] std::int64_t milliseconds_now();

/// "2026-01-01T00:00:00.123Z"
[[nodiscard]] std::string utc_milliseconds(std::int64_t at);

}  // namespace coppice::app::crashes
