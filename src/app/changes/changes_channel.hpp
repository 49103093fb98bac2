#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/pubsub/hub.hpp"
#include "app/changes/follow.hpp"
#include "app/changes/read_changes.hpp"
#include "app/changes/source.hpp"
#include "app/rooms/client.hpp"
#include "net/channels/channel.hpp"

namespace coppice::app::changes {

/// `changes:<resource>`: what has changed in a resource since the client was last told, and from
/// then on each change as it is committed; see docs/changes.md.
///
/// It subscribes first and reads then, so nothing can fall between what it has read and what the
/// follower publishes; what is in both is told once (see Follow). A batch that doesn't join on has
/// it read again.
///
/// Thread: the connection's shard.
class ChangesChannel final : public net::channels::Channel,
                             public std::enable_shared_from_this<ChangesChannel> {
 public:
  ChangesChannel(const std::string& topic, net::channels::Port port,
                 std::shared_ptr<const Source> source, rooms::ClientPtr client);

  void on_join(net::channels::Payload params) override;
  void on_event(std::string event, net::channels::Payload payload,
                net::channels::Reply reply) override;
  void on_end(net::channels::EndReason reason) noexcept override;

 private:
  using BatchPtr = std::shared_ptr<const Batch>;

  void subscribe();
  void read(Wish wish);
  void begin(const Wish& wish, actors::Result<Beginning> beginning);
  void accept(const Wish& wish, const Beginning& beginning);
  void receive(BatchPtr batch);
  void tell_what_waits();
  void tell(const Batch& batch);
  void read_what_is_missing();
  void reset(Bookmark at);
  void read_page(const net::channels::Payload& payload, net::channels::Reply reply);

  const net::channels::Port port_;
  const std::shared_ptr<const Source> source_;
  const rooms::ClientPtr client_;
  View view_;  // of no table if there is no such resource
  actors::pubsub::Subscription subscription_;
  std::optional<Follow> follow_;  // nothing before the first reading
  std::deque<BatchPtr> waiting_;  // while it reads
  bool reading_ = false;
  bool lost_some_ = false;  // of what waited: there was too much
};

}  // namespace coppice::app::changes
