#include "net/channels/channel.hpp"

#include <utility>

#include "net/channels/membership.hpp"
#include "net/channels/socket.hpp"

namespace coppice::net::channels {

std::string_view to_string(EndReason reason) noexcept {
  switch (reason) {
    case EndReason::left: return "left";
    case EndReason::closed: return "closed";
    case EndReason::crashed: return "crashed";
    case EndReason::replaced: return "replaced";
    case EndReason::refused: return "refused";
    case EndReason::disconnected: return "disconnected";
  }
  return "unknown";
}

const std::string& Port::topic() const noexcept { return member_->topic; }

bool Port::is_open() const noexcept { return member_->socket != nullptr; }

bool Port::accept(const Payload& response) const {
  return is_open() && member_->socket->accept(member_, response);
}

bool Port::refuse(const Payload& response) const {
  return is_open() && member_->socket->refuse(member_, response);
}

bool Port::push(std::string_view event, const Payload& payload) const {
  return is_open() && member_->socket->push(member_, event, payload);
}

std::size_t Port::push_overhead(std::string_view event) const {
  return is_open() ? member_->socket->push_overhead(*member_, event) : 0;
}

std::size_t Port::queued_bytes() const noexcept {
  return is_open() ? member_->socket->queued_bytes() : 0;
}

bool Port::deliver(const Broadcast& broadcast) const {
  return is_open() && member_->socket->deliver(member_, broadcast);
}

Port::Together::Together(const Port& port)
    : sink_(port.is_open() ? port.member_->socket->sink_ : nullptr) {
  if (sink_) sink_->cork();
}

Port::Together::~Together() {
  if (sink_) sink_->uncork();
}

void Port::set_slow_clients(SlowClients policy) const noexcept { member_->slow_clients = policy; }

bool Port::close() const { return is_open() && member_->socket->close(member_); }

bool Port::crash(std::exception_ptr failure) const {
  if (!is_open()) return false;
  member_->socket->fail(member_, std::move(failure));
  return true;
}

bool Reply::send(std::string_view status, const Payload& response) const {
  return port_.is_open() && port_.member_->socket->reply(port_.member_, ref_, status, response);
}

}  // namespace coppice::net::channels
