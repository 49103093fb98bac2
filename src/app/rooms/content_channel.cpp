#include "app/rooms/content_channel.hpp"

namespace coppice::app::rooms {

void ContentChannel::on_unknown_event(const std::string& /*event*/,
                                      net::channels::Payload /*payload*/,
                                      const net::channels::Reply& reply) {
  reply.error({{"reason", "unknown event"}});
}

}  // namespace coppice::app::rooms
