#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/describe/class.hpp>
#include <boost/json/object.hpp>

#include "app/accounts/accounts.hpp"
#include "app/rooms/client.hpp"
#include "app/rooms/token_expiry.hpp"
#include "net/channels/topic_channel.hpp"

namespace coppice::app::rooms {

/// The topic `session`: who the client is, and until when. Tells those who join when what let them
/// in is about to end (`expiring`), and takes something newer (`renew`), so that the connection
/// stays. See docs/channels.md.
///
/// Thread: the connection's shard.
class SessionChannel final : public net::channels::TopicChannel<SessionChannel> {
 public:
  using Reply = net::channels::Reply;

  struct Renewal {
    std::string token;
  };

  /// @param expiry  Null for a client who is nobody.
  SessionChannel(net::channels::Port port, ClientPtr client, accounts::Accounts accounts,
                 std::shared_ptr<TokenExpiry> expiry);

  static void events(net::channels::EventTable<SessionChannel>& on);
  void join();

 private:
  void renew(const Renewal& renewal, const Reply& reply);
  void renewed(const actors::Result<std::optional<accounts::Principal>>& principal,
               const Reply& reply);
  [[nodiscard]] boost::json::object state() const;
  void on_unknown_event(const std::string& event, net::channels::Payload payload,
                        const Reply& reply) override;
  void leave(net::channels::EndReason reason) noexcept override;

  const ClientPtr client_;
  const accounts::Accounts accounts_;
  const std::shared_ptr<TokenExpiry> expiry_;
};

BOOST_DESCRIBE_STRUCT(SessionChannel::Renewal, (), (token))

}  // namespace coppice::app::rooms
