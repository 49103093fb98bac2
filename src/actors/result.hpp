#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace coppice::actors {

/// Every expected failure that a part of Coppice can report as a value.
///
/// Codes reach the wire and the logs by name (see to_string) and are never renumbered.
enum class Errc : std::uint16_t {
  // Addressing and messaging.
  noproc = 1,         ///< Nobody lives at that address (any more).
  timeout = 2,        ///< The deadline passed before an answer came.
  down = 3,           ///< The actor ended while it owed the answer; the context says why.
  calling_self = 4,   ///< An actor called itself, which could never be answered.
  overloaded = 5,     ///< A bounded mailbox or queue is full; retry later.
  cancelled = 6,      ///< The waiting side was told to stop.
  restarting = 7,     ///< The child is between two incarnations.
  dropped = 8,        ///< The request was given up without an answer.
  shutting_down = 9,  ///< The system is stopping and takes no new work.
  already_started = 10,
  already_present = 11,
  already_registered = 12,
  not_found = 13,
  running = 14,
  max_children = 15,
  invalid_argument = 16,  ///< A value is malformed or out of range; the context names it.
  system_limit = 17,      ///< A fixed capacity of the runtime is used up.
  wrong_type = 18,        ///< The address belongs to an actor of another type.
  start_failed = 19,      ///< An actor's start did not succeed; the context says why.
  callback_failed = 20,   ///< A function that was handed over threw; the context has its text.

  // Storage.
  conflict = 32,    ///< A uniqueness or version rule would be broken.
  constraint = 33,  ///< Another rule of the schema would be broken.
  read_only = 34,   ///< The database takes no writes here.
  disk_full = 35,
  io_error = 36,
  corrupt = 37,
  busy = 38,         ///< Another process holds the database.
  unavailable = 39,  ///< The part is not ready, for instance before migrations have run.
  migration_failed = 40,

  // Protocols.
  malformed = 64,    ///< Input does not follow its format; the context says where.
  too_large = 65,    ///< Input exceeds a configured limit.
  unsupported = 66,  ///< Input is valid, but of a kind that is not served.
  unauthorized = 67,
  forbidden = 68,
  closed = 69,  ///< The peer has gone.

  internal = 96,  ///< A broken invariant of our own.
};

/// The code's stable name, for instance "overloaded".
[[nodiscard]] std::string_view to_string(Errc code) noexcept;

/// An expected failure: a code to branch on and a sentence for people.
struct Error {
  Errc code = Errc::internal;
  std::string context;

  Error() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a bare code is an error without context.
  Error(Errc c, std::string what = {}) : code(c), context(std::move(what)) {}

  /// "overloaded: mailbox of /database/writer is full", or the bare code's name.
  [[nodiscard]] std::string message() const;

  friend bool operator==(const Error& a, const Error& b) noexcept { return a.code == b.code; }
  friend bool operator==(const Error& a, Errc b) noexcept { return a.code == b; }
};

/// A value or the reason why there is none. Discarding one is a compile-time warning.
template <class T>
using Result = std::expected<T, Error>;

/// Builds the failed side of any Result.
[[nodiscard]] inline std::unexpected<Error> fail(Errc code, std::string context = {}) {
  return std::unexpected<Error>(Error(code, std::move(context)));
}

}  // namespace coppice::actors
