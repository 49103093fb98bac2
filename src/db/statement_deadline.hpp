#pragma once

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
  /// @param clock  Must outlive this object.
  StatementDeadline(Connection& connection, const actors::Clock& clock,
                    actors::Time deadline) noexcept;
  StatementDeadline(const StatementDeadline&) = delete;
  StatementDeadline& operator=(const StatementDeadline&) = delete;
  ~StatementDeadline();

  /// Whether a statement was ended by it.
  [[nodiscard]] bool has_struck() const noexcept { return has_struck_; }

 private:
  static int ask(void* self) noexcept;

  ConnectionState& connection_;
  const actors::Clock& clock_;
  const actors::Time deadline_;
  bool has_struck_ = false;
};

}  // namespace coppice::db
