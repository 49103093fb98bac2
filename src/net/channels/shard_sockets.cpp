#include "net/channels/shard_sockets.hpp"

#include "actors/shard.hpp"
#include "net/channels/connect.hpp"
#include "net/channels/socket.hpp"

namespace coppice::net::channels {

std::string_view to_string(Transport transport) noexcept {
  return transport == Transport::websocket ? "websocket" : "longpoll";
}

void ShardSockets::add(Socket& socket) noexcept {
  socket.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &socket;
  first_ = &socket;
}

void ShardSockets::remove(Socket& socket) noexcept {
  (socket.previous_ != nullptr ? socket.previous_->next_ : first_) = socket.next_;
  if (socket.next_ != nullptr) socket.next_->previous_ = socket.previous_;
}

std::vector<SocketInfo> ShardSockets::list() const {
  std::vector<SocketInfo> out;
  for (const Socket* socket = first_; socket != nullptr; socket = socket->next_) {
    if (!socket->disconnected_) out.push_back(socket->info());
  }
  return out;
}

bool ShardSockets::close(actors::Pid actor) {
  for (const Socket* socket = first_; socket != nullptr; socket = socket->next_) {
    if (socket->options_.origin.actor != actor) continue;
    const auto carrier = socket->options_.origin.carrier.lock();
    if (!carrier || socket->disconnected_) return false;
    carrier->close(websocket::CloseCode::going_away, "disconnect");
    return true;
  }
  return false;
}

SocketRegister::SocketRegister(std::size_t shards) {
  for (std::size_t i = 0; i < shards; ++i) shards_.push_back(std::make_shared<ShardSockets>());
}

std::shared_ptr<ShardSockets> SocketRegister::here() const noexcept {
  const actors::Shard* shard = actors::Shard::current();
  if (shard == nullptr || shard->index() >= shards_.size()) return nullptr;
  return shards_[shard->index()];
}

}  // namespace coppice::net::channels
