#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"

namespace coppice::actors {

/// What is known about an exception that ended an actor.
struct ExceptionInfo {
  std::string type;                   ///< demangled type, "std::runtime_error"
  std::string what;                   ///< its text; empty for types without one
  std::string message;                ///< the message type that was being handled; may be empty
  std::vector<const void*> stack;     ///< return addresses at the throw, innermost first
  std::vector<std::string> awaiting;  ///< "function (file:line)" of each suspended caller
  std::exception_ptr exception;

  /// The stack with symbols, one frame a line. Slow (reads debug information): for reports only.
  [[nodiscard]] std::string symbolised_stack() const;
};

/// Why an incarnation of an actor ended. Every incarnation ends with exactly one.
///
/// Thread: any; a value with shared immutable detail.
class ExitReason {
 public:
  enum class Kind : std::uint8_t {
    normal,            ///< it had finished
    shutdown,          ///< it was told to stop, optionally with a detail
    killed,            ///< it was stopped without running its terminate hook
    noproc,            ///< there was nobody to link to or to monitor
    error,             ///< an exception left a handler
    custom,            ///< the actor stopped itself with a reason of its own
    init_timeout,      ///< initialisation took longer than allowed
    mailbox_overflow,  ///< its mailbox was full and its policy says that this ends it
    memory_limit,      ///< it grew beyond its limit
    abandoned,         ///< it could not be stopped and was cut off
    bad_return_value,  ///< a handler or a start function returned something unusable
  };

  ExitReason() noexcept = default;  ///< normal

  static ExitReason normal() noexcept { return {}; }
  static ExitReason shutdown() noexcept { return ExitReason(Kind::shutdown); }
  static ExitReason shutdown(std::string detail) { return {Kind::shutdown, std::move(detail)}; }
  static ExitReason killed() noexcept { return ExitReason(Kind::killed); }
  static ExitReason noproc() noexcept { return ExitReason(Kind::noproc); }
  static ExitReason custom(std::string text) { return {Kind::custom, std::move(text)}; }
  static ExitReason of(Kind kind) noexcept { return ExitReason(kind); }
  static ExitReason of(Kind kind, std::string text) { return {kind, std::move(text)}; }
  static ExitReason error(ExceptionInfo info);

  [[nodiscard]] Kind kind() const noexcept { return kind_; }

  /// The detail of a shutdown or of a custom reason, or the exception's text; may be empty.
  [[nodiscard]] std::string_view text() const noexcept;

  /// The exception behind an `error`, otherwise null.
  [[nodiscard]] const ExceptionInfo* exception() const noexcept;

  /// True for normal and shutdown. The only question that restart logic may ask.
  [[nodiscard]] bool is_clean() const noexcept {
    return kind_ == Kind::normal || kind_ == Kind::shutdown;
  }

  /// For people: "normal", "shutdown(draining)", "error(std::runtime_error: boom)".
  [[nodiscard]] std::string to_string() const;

  /// Same kind and same text; two errors are equal when type and text of their exceptions are.
  friend bool operator==(const ExitReason& a, const ExitReason& b) noexcept;

 private:
  struct Detail {
    std::string text;
    std::unique_ptr<ExceptionInfo> exception;
  };

  explicit ExitReason(Kind kind) noexcept : kind_(kind) {}
  ExitReason(Kind kind, std::string text);

  Kind kind_ = Kind::normal;
  std::shared_ptr<const Detail> detail_;
};

[[nodiscard]] std::string_view to_string(ExitReason::Kind kind) noexcept;

/// Throw this from a handler to end the actor with exactly this reason instead of `error`.
class ExitException final : public std::exception {
 public:
  explicit ExitException(ExitReason reason) : reason_(std::move(reason)) {}
  [[nodiscard]] const ExitReason& reason() const noexcept { return reason_; }
  [[nodiscard]] const char* what() const noexcept override { return "actor exit"; }

 private:
  ExitReason reason_;
};

/// Turns a caught exception into a reason, with the stack of its throw where that is known.
///
/// Thread: the one that caught it.
[[nodiscard]] ExitReason reason_of(const std::exception_ptr& exception,
                                   std::string_view message_type = {},
                                   std::vector<std::string> awaiting = {});

}  // namespace coppice::actors
