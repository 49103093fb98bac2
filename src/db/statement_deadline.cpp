#include "db/statement_deadline.hpp"

#include <utility>

#include "db/connection.hpp"
#include "db/connection_state.hpp"

namespace coppice::db {

namespace {

// Some 50 µs of work, of which reading the clock takes a thousandth.
constexpr int kStepsBetweenQuestions = 4096;

}  // namespace

StatementDeadline::StatementDeadline(Connection& connection, const actors::Clock& clock,
                                     actors::Time deadline)
    : connection_(*connection.state_),
      clock_(clock),
      deadline_([deadline](actors::Time /*now*/) { return deadline; }) {
  if (deadline != actors::Time::max()) watch();
}

StatementDeadline::StatementDeadline(Connection& connection, const actors::Clock& clock,
                                     Deadline deadline)
    : connection_(*connection.state_), clock_(clock), deadline_(std::move(deadline)) {
  watch();
}

void StatementDeadline::watch() noexcept {
  sqlite3_progress_handler(connection_.handle.get(), kStepsBetweenQuestions,
                           &StatementDeadline::ask, this);
}

StatementDeadline::~StatementDeadline() {
  sqlite3_progress_handler(connection_.handle.get(), 0, nullptr, nullptr);
}

int StatementDeadline::ask(void* self) noexcept {
  auto& limit = *static_cast<StatementDeadline*>(self);
  const auto now = limit.clock_.now();
  limit.has_struck_ = now >= limit.deadline_(now);
  return limit.has_struck_ ? 1 : 0;
}

}  // namespace coppice::db
