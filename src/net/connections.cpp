#include "net/connections.hpp"

#include <utility>

namespace coppice::net {

Connection::Connection(std::shared_ptr<Connections> connections)
    : connections_(std::move(connections)) {
  connections_->add(*this);
}

Connection::~Connection() { connections_->remove(*this); }

void Connection::expire_after(actors::Duration timeout) noexcept {
  expire_at(actors::deadline_after(connections_->now(), timeout));
}

std::shared_ptr<Connections> Connections::make(const Executor& executor) {
  return make(executor, Options());
}

std::shared_ptr<Connections> Connections::make(const Executor& executor, Options options) {
  return std::shared_ptr<Connections>(new Connections(executor, std::move(options)));
}

Connections::Connections(const Executor& executor, Options options)
    : options_(std::move(options)), timer_(executor) {}

void Connections::drain() {
  if (draining_) return;
  draining_ = true;
  for (auto* connection = first_; connection != nullptr; connection = connection->next_) {
    connection->on_drain();
  }
}

void Connections::sweep() {
  const auto now = this->now();
  for (auto* connection = first_; connection != nullptr; connection = connection->next_) {
    if (connection->deadline_ > now) continue;
    connection->deadline_ = actors::Time::max();
    connection->on_deadline();
  }
}

void Connections::add(Connection& connection) {
  connection.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &connection;
  first_ = &connection;
  if (++size_ == 1) arm_timer();
}

void Connections::remove(Connection& connection) noexcept {
  (connection.previous_ != nullptr ? connection.previous_->next_ : first_) = connection.next_;
  if (connection.next_ != nullptr) connection.next_->previous_ = connection.previous_;
  if (--size_ == 0) timer_.cancel();
}

void Connections::arm_timer() {
  timer_.expires_after(options_.resolution);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (!self || error || self->size_ == 0) return;
    self->sweep();
    self->arm_timer();
  });
}

}  // namespace coppice::net
