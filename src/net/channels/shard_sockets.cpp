#include "net/channels/shard_sockets.hpp"

#include <algorithm>

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

ChannelsFound ShardSockets::channels(const ChannelQuery& query) const {
  std::vector<const Socket*> sockets;
  for (const Socket* socket = first_; socket != nullptr; socket = socket->next_) {
    if (query.actor && socket->options_.origin.actor != query.actor) continue;
    if (!query.user.empty() && socket->factory_->who() != query.user) continue;
    if (!socket->members_.empty()) sockets.push_back(socket);
  }
  std::ranges::sort(sockets, {}, [](const Socket* each) { return each->options_.origin.actor; });
  ChannelsFound found;
  for (const auto* socket : sockets) socket->find_channels(query, found);
  return found;
}

Socket* ShardSockets::find(actors::Pid actor) const noexcept {
  for (Socket* socket = first_; socket != nullptr; socket = socket->next_) {
    if (socket->options_.origin.actor == actor) return socket;
  }
  return nullptr;
}

bool ShardSockets::close(actors::Pid actor) {
  const Socket* socket = find(actor);
  if (socket == nullptr || socket->disconnected_) return false;
  const auto carrier = socket->options_.origin.carrier.lock();
  if (!carrier) return false;
  carrier->close(websocket::CloseCode::going_away, "disconnect");
  return true;
}

bool ShardSockets::close_channel(const ChannelKey& key) {
  Socket* socket = find(key.actor);
  if (socket == nullptr) return false;
  const auto found = socket->members_.find(key.topic);
  if (found == socket->members_.end()) return false;
  const auto member = found->second;  // it ends
  return socket->close(member);
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
