#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/accounts/accounts.hpp"
#include "app/rooms/client.hpp"
#include "app/rooms/token_expiry.hpp"
#include "net/channels/channel.hpp"

namespace coppice::app::rooms {

/// The topic `session`: who the client is, and until when. Tells those who join when what let them
/// in is about to end (`expiring`), and takes something newer (`renew`), so that the connection
/// stays. See docs/channels.md.
///
/// Thread: the connection's shard.
class SessionChannel final : public net::channels::Channel,
                             public std::enable_shared_from_this<SessionChannel> {
 public:
  /// @param expiry  Null for a client who is nobody.
  SessionChannel(net::channels::Port port, accounts::Accounts accounts, ClientPtr client,
                 std::shared_ptr<TokenExpiry> expiry);

  void on_join(net::channels::Payload params) override;
  void on_event(std::string event, net::channels::Payload payload,
                net::channels::Reply reply) override;
  void on_end(net::channels::EndReason reason) noexcept override;

 private:
  void renew(const net::channels::Payload& payload, const net::channels::Reply& reply);
  void renewed(const actors::Result<std::optional<accounts::Principal>>& principal,
               const net::channels::Reply& reply);
  [[nodiscard]] net::channels::Payload state() const;

  const net::channels::Port port_;
  const accounts::Accounts accounts_;
  const ClientPtr client_;
  const std::shared_ptr<TokenExpiry> expiry_;
  bool over_ = false;
};

}  // namespace coppice::app::rooms
