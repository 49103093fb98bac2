#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/describe/class.hpp>

#include "actors/task.hpp"
#include "app/dashboard/desk.hpp"
#include "app/dashboard/relay.hpp"
#include "app/rooms/client.hpp"
#include "net/channels/topic_channel.hpp"

namespace coppice::app::dashboard {

/// The topic `admin`: what operators see in a browser, and what they order. See docs/dashboard.md.
///
/// Whoever joins gets the overview, and a new one (`overview`) with each look of the dashboard's
/// actor; a client that reads slowly gets the latest only. What blocks runs on the runtime's pool,
/// and a few of them at once.
///
/// Thread: the connection's shard.
class AdminChannel final : public net::channels::TopicChannel<AdminChannel> {
 public:
  static constexpr auto kSlowClients = net::channels::SlowClients::keep_latest;
  static constexpr int kMostLooks = 2;
  static constexpr int kMostRelays = 2;
  static constexpr int kMostOrders = 2;

  /// Which actor: its place in the tree.
  struct Which {
    std::string path;
  };

  AdminChannel(net::channels::Port port, rooms::ClientPtr client, DeskPtr desk);

  static void events(net::channels::EventTable<AdminChannel>& on);
  void join();

 private:
  using Reply = net::channels::Reply;
  using Action = actors::Result<void> (admin::ActorControl::*)(const std::string& path);

  void series(const Which& which, const Reply& reply);
  void inspect(const Which& which, const Reply& reply);
  void restart(const Which& which, const Reply& reply);
  void suspend(const Which& which, const Reply& reply);
  void resume(const Which& which, const Reply& reply);

  void order(std::string_view name, Action action, const Which& which, const Reply& reply);
  /// What the admin socket does as well; see relay.hpp.
  void pass_on(const Relayed& relayed, std::shared_ptr<net::http::Request> request,
               const Reply& reply);
  /// Answers what can't be a path.
  [[nodiscard]] static bool check(const Which& which, const Reply& reply);
  void on_unknown_event(const std::string& event, net::channels::Payload payload,
                        const Reply& reply) override;
  void leave(net::channels::EndReason reason) noexcept override;

  const rooms::ClientPtr operator_;
  const DeskPtr desk_;
  bool watches_ = false;
};

BOOST_DESCRIBE_STRUCT(AdminChannel::Which, (), (path))

}  // namespace coppice::app::dashboard
