#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "app/changes/follow.hpp"
#include "app/changes/read_changes.hpp"
#include "app/changes/source.hpp"
#include "app/rooms/client.hpp"
#include "net/channels/topic_channel.hpp"

namespace coppice::app::changes {

/// `changes:<resource>`: what has changed in a resource since the client was last told, and from
/// then on each change as it is committed; see docs/changes.md.
///
/// It subscribes first and reads then, so nothing can fall between what it has read and what the
/// follower publishes; what is in both is told once (see Follow). A batch that doesn't join on has
/// it read again.
///
/// Thread: the connection's shard.
class ChangesChannel final : public net::channels::TopicChannel<ChangesChannel> {
 public:
  using Payload = net::channels::Payload;
  using Reply = net::channels::Reply;

  ChangesChannel(net::channels::Port port, const rooms::ClientPtr& client,
                 std::shared_ptr<const Source> source);

  static void events(net::channels::EventTable<ChangesChannel>& on);
  void join(const Payload& params);

 private:
  using BatchPtr = std::shared_ptr<const Batch>;

  void read(Wish wish);
  void begin(const Wish& wish, actors::Result<Beginning> beginning);
  void let_in(const Wish& wish, const Beginning& beginning);
  void on_message(const actors::pubsub::BroadcastPtr& message) override;
  void tell_what_waits();
  void tell(const Batch& batch);
  void read_what_is_missing();
  void reset(Bookmark at);
  void read_page(const Payload& payload, const Reply& reply);
  void on_unknown_event(const std::string& event, Payload payload, const Reply& reply) override;

  const std::shared_ptr<const Source> source_;
  View view_;                     // of no table if there is no such resource
  std::optional<Follow> follow_;  // nothing before the first reading
  std::deque<BatchPtr> waiting_;  // while it reads
  bool reading_ = false;
  bool lost_some_ = false;  // of what waited: there was too much
};

}  // namespace coppice::app::changes
