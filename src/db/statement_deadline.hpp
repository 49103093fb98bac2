#pragma once

#include <functional>

#include "actors/time.hpp"

namespace coppice::db {

class Connection;
struct ConnectionState;

/// Ends what a connection runs once a time has come: while one is alive, a statement that is still
/// at work then fails with `cancelled`.
///
/// SQLite asks every few thousand steps of its virtual machine, so a statement outlives its
/// deadline by a fraction of a millisecond, or by one disk access. One per connection at a time.
/// Thread: that of the connection, which it must not outlive.
class StatementDeadline {
 public:
  /// The time, which may move while a statement is at work. Asked on the connection's thread; must
  /// not throw.
  using Deadline = std::function<actors::Time(actors::Time now)>;

  /// @param clock  Must outlive this object.
  StatementDeadline(Connection& connection, const actors::Clock& clock, actors::Time deadline);
  StatementDeadline(Connection& connection, const actors::Clock& clock, Deadline deadline);
  StatementDeadline(const StatementDeadline&) = delete;
  StatementDeadline& operator=(const StatementDeadline&) = delete;
  ~StatementDeadline();

  /// Whether a statement was ended by it.
  [[nodiscard]] bool has_struck() const noexcept { return has_struck_; }

 private:
  void watch() noexcept;
  static int ask(void* self) noexcept;

  ConnectionState& connection_;
  const actors::Clock& clock_;
  const Deadline deadline_;
  bool has_struck_ = false;
};

}  // namespace coppice::db
