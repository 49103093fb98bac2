#include "app/rooms/session_channel.hpp"

#include <utility>

#include "app/rooms/credentials.hpp"

namespace coppice::app::rooms {
namespace {

using accounts::Principal;
using net::channels::EndReason;
using net::channels::Payload;

/// Whether he has operators' rights (see dashboard::operator_right) that no bearer token prolongs.
bool operates_by_session(const Principal& principal) {
  return principal.by_session() && principal.has_role(accounts::Role::admin);
}

}  // namespace

SessionChannel::SessionChannel(net::channels::Port port, ClientPtr client,
                               accounts::Accounts accounts, std::shared_ptr<TokenExpiry> expiry)
    : TopicChannel(std::move(port), client),
      client_(std::move(client)),
      accounts_(std::move(accounts)),
      expiry_(std::move(expiry)) {}

void SessionChannel::events(net::channels::EventTable<SessionChannel>& on) {
  on.on("renew", &SessionChannel::renew);
}

void SessionChannel::join() {
  if (!expiry_) return refuse({{"reason", "unauthorized"}});
  // Nobody broadcasts to this topic: what comes is for one client.
  port().accept(Payload::object(state()));
  expiry_->watch([port = port()](std::int64_t seconds) {
    port.push("expiring", Payload::object({{"expires_in", seconds}}));
  });
}

boost::json::object SessionChannel::state() const {
  boost::json::object state{{"user_id", client_->principal->user.id}, {"expires_at", nullptr}};
  if (const auto ends_at = expiry_->ends_at()) state["expires_at"] = *ends_at;
  return state;
}

void SessionChannel::renew(const Renewal& renewal, const Reply& reply) {
  db::run_task<std::optional<Principal>>(
      accounts_.by_connect_token(renewal.token), kCredentialTimeout,
      whenever([this, reply](const actors::Result<std::optional<Principal>>& principal) {
        renewed(principal, reply);
      }));
}

void SessionChannel::renewed(const actors::Result<std::optional<Principal>>& principal,
                             const Reply& reply) {
  if (!principal) {
    reply.error({{"reason", "try again later"}});
  } else if (!*principal) {
    reply.error({{"reason", "invalid token"}});
  } else if ((*principal)->user.id != client_->principal->user.id) {
    reply.error({{"reason", "another user's token"}});
  } else if (operates_by_session(*client_->principal) && !(*principal)->by_session()) {
    reply.error({{"reason", "a token of a session is needed"}});
  } else {
    expiry_->renew((*principal)->ends_at);
    reply.ok(state());
  }
}

void SessionChannel::on_unknown_event(const std::string& /*event*/, Payload /*payload*/,
                                      const Reply& reply) {
  reply.error({{"reason", "unknown event"}});
}

void SessionChannel::leave(EndReason /*reason*/) noexcept {
  if (expiry_) expiry_->unwatch();
}

}  // namespace coppice::app::rooms
