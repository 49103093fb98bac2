#include "net/connections.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

#include <boost/asio/post.hpp>

namespace coppice::net {
namespace {

// What a look for idle connections costs is shared by those who come next.
constexpr std::size_t kConnectionsForEachThatEnds = 128;
constexpr auto kPauseOfLooks = std::chrono::milliseconds(100);
constexpr auto kPauseAfterFew = std::chrono::milliseconds(5);

}  // namespace

Connection::Connection(std::shared_ptr<Connections> connections)
    : connections_(std::move(connections)) {
  connections_->add(*this);
}

Connection::~Connection() { connections_->remove(*this); }

bool Connection::may_write_now() {
  auto& set = *connections_;
  const bool is_second = due_ || written_in_ == set.turn_;
  if (is_second) set.met_ = true;
  if (is_second || set.gathers_ || set.more_input_) return false;
  written_in_ = set.turn_;
  set.watch_turn();
  return true;
}

void Connection::act_at_end_of_turn() {
  if (!due_) connections_->add_due(*this);
}

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
    : options_(std::move(options)), timer_(executor), readiness_(Readiness::make(executor)) {}

std::vector<ConnectionInfo> Connections::list() const {
  std::vector<ConnectionInfo> out;
  for (const Connection* each = first_; each != nullptr; each = each->next_) {
    if (auto info = each->info()) out.push_back(*std::move(info));
  }
  return out;
}

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

std::size_t Connections::make_room() {
  const auto now = this->now();
  if (now < look_for_idle_) return 0;
  auto longest = idle_at(now);
  if (longest.empty()) {
    look_for_idle_ = now + kPauseOfLooks;
    return 0;
  }
  const auto wanted = 1 + size_ / kConnectionsForEachThatEnds;
  if (longest.size() < wanted) look_for_idle_ = now + kPauseAfterFew;
  const auto count = std::min(longest.size(), wanted);
  std::ranges::partial_sort(longest, longest.begin() + static_cast<std::ptrdiff_t>(count), {},
                            &Connection::idle_since_);
  longest.resize(count);
  for (Connection* each : longest) {
    each->leaving_ = true;
    ++leaving_;
    each->on_room_needed();
  }
  return count;
}

std::vector<Connection*> Connections::idle_at(actors::Time now) const {
  std::vector<Connection*> out;
  for (auto* each = first_; each != nullptr; each = each->next_) {
    if (!each->leaving_ && each->idle_since_ <= now) out.push_back(each);
  }
  return out;
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
  if (connection.due_) remove_due(connection);
  if (connection.leaving_) --leaving_;
  if (--size_ == 0) timer_.cancel();
}

/// The turn ends when what has been ready before has been handled.
void Connections::watch_turn() {
  if (std::exchange(watched_, true)) return;
  boost::asio::post(timer_.get_executor(), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->end_turn();
  });
}

void Connections::end_turn() {
  watched_ = false;
  gathers_ = std::exchange(met_, false);
  ++turn_;
  // Those that become due meanwhile belong to the next turn.
  for (auto left = due_count_; left > 0 && first_due_ != nullptr; --left) {
    auto& connection = *first_due_;
    remove_due(connection);
    connection.on_end_of_turn();
  }
}

void Connections::add_due(Connection& connection) {
  watch_turn();
  connection.due_ = true;
  (last_due_ != nullptr ? last_due_->next_due_ : first_due_) = &connection;
  last_due_ = &connection;
  ++due_count_;
}

void Connections::remove_due(Connection& connection) noexcept {
  Connection* before = nullptr;
  auto** link = &first_due_;
  while (*link != &connection) {
    before = *link;
    link = &before->next_due_;
  }
  *link = std::exchange(connection.next_due_, nullptr);
  if (last_due_ == &connection) last_due_ = before;
  connection.due_ = false;
  --due_count_;
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
