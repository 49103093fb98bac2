#include "net/channels/channel.hpp"

#include <utility>

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

Port::Port(std::weak_ptr<Socket> socket, std::string topic, std::uint64_t serial)
    : socket_(std::move(socket)), topic_(std::move(topic)), serial_(serial) {}

bool Port::accept(const Payload& response) const {
  const auto socket = socket_.lock();
  return socket && socket->accept(topic_, serial_, response);
}

bool Port::refuse(const Payload& response) const {
  const auto socket = socket_.lock();
  return socket && socket->refuse(topic_, serial_, response);
}

bool Port::push(std::string_view event, const Payload& payload) const {
  const auto socket = socket_.lock();
  return socket && socket->push(topic_, serial_, event, payload);
}

bool Port::deliver(const Broadcast& broadcast) const {
  const auto socket = socket_.lock();
  return socket && socket->deliver(topic_, serial_, broadcast);
}

bool Port::close() const {
  const auto socket = socket_.lock();
  return socket && socket->close(topic_, serial_);
}

bool Port::crash() const {
  const auto socket = socket_.lock();
  return socket && socket->crash(topic_, serial_);
}

bool Reply::send(std::string_view status, const Payload& response) const {
  const auto socket = port_.socket_.lock();
  return socket && socket->reply(port_.topic_, port_.serial_, ref_, status, response);
}

}  // namespace coppice::net::channels
