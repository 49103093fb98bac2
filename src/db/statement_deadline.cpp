#include "db/statement_deadline.hpp"

#include "db/connection.hpp"
#include "db/connection_state.hpp"

namespace coppice::db {

namespace {

// Some 50 µs of work, of which reading the clock takes a thousandth.
constexpr int kStepsBetweenQuestions = 4096;

}  // namespace

StatementDeadline::StatementDeadline(Connection& connection, const actors::Clock& clock,
                                     actors::Time deadline) noexcept
    : connection_(*connection.state_), clock_(clock), deadline_(deadline) {
  if (deadline_ == actors::Time::max()) return;
  sqlite3_progress_handler(connection_.handle.get(), kStepsBetweenQuestions,
                           &StatementDeadline::ask, this);
}

StatementDeadline::~StatementDeadline() {
  sqlite3_progress_handler(connection_.handle.get(), 0, nullptr, nullptr);
}

int StatementDeadline::ask(void* self) noexcept {
  auto& deadline = *static_cast<StatementDeadline*>(self);
  deadline.has_struck_ = deadline.clock_.now() >= deadline.deadline_;
  return deadline.has_struck_ ? 1 : 0;
}

}  // namespace coppice::db
