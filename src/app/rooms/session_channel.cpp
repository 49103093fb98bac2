#include "app/rooms/session_channel.hpp"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/rooms/credentials.hpp"

namespace coppice::app::rooms {
namespace {

using accounts::Principal;
using net::channels::EndReason;
using net::channels::Payload;
using net::channels::Reply;

Payload json(const boost::json::object& object) {
  return Payload::json(boost::json::serialize(object));
}

Payload reason(std::string_view why) { return json({{"reason", why}}); }

/// The payload's `token`; empty if it has none.
std::string token_in(const Payload& payload) {
  if (payload.kind != Payload::Kind::json) return {};
  boost::system::error_code error;
  const auto value = boost::json::parse(payload.bytes, error);
  if (error || !value.is_object()) return {};
  const auto* token = value.as_object().if_contains("token");
  if (token == nullptr || !token->is_string()) return {};
  return std::string(token->as_string());
}

/// Whether he has operators' rights (see dashboard::operator_right) that no bearer token prolongs.
bool operates_by_session(const Principal& principal) {
  return principal.by_session() && principal.has_role(accounts::Role::admin);
}

}  // namespace

SessionChannel::SessionChannel(net::channels::Port port, accounts::Accounts accounts,
                               ClientPtr client, std::shared_ptr<TokenExpiry> expiry)
    : port_(std::move(port)),
      accounts_(std::move(accounts)),
      client_(std::move(client)),
      expiry_(std::move(expiry)) {}

void SessionChannel::on_join(Payload /*params*/) {
  if (!expiry_) {
    port_.refuse(reason("unauthorized"));
    return;
  }
  port_.accept(state());
  expiry_->watch([port = port_](std::int64_t seconds) {
    port.push("expiring", json({{"expires_in", seconds}}));
  });
}

Payload SessionChannel::state() const {
  boost::json::object state{{"user_id", client_->principal->user.id}, {"expires_at", nullptr}};
  if (const auto ends_at = expiry_->ends_at()) state["expires_at"] = *ends_at;
  return json(state);
}

void SessionChannel::on_event(std::string event, Payload payload, Reply reply) {
  if (event == "renew") return renew(payload, reply);
  reply.error(reason("unknown event"));
}

void SessionChannel::renew(const Payload& payload, const Reply& reply) {
  auto task = accounts_.by_connect_token(token_in(payload));
  const auto answer = [weak = weak_from_this(),
                       reply](const actors::Result<std::optional<Principal>>& principal) {
    if (const auto self = weak.lock()) self->renewed(principal, reply);
  };
  db::run_task<std::optional<Principal>>(std::move(task), kCredentialTimeout, answer);
}

void SessionChannel::renewed(const actors::Result<std::optional<Principal>>& principal,
                             const Reply& reply) {
  if (over_) return;
  if (!principal) {
    reply.error(reason("try again later"));
  } else if (!*principal) {
    reply.error(reason("invalid token"));
  } else if ((*principal)->user.id != client_->principal->user.id) {
    reply.error(reason("another user's token"));
  } else if (operates_by_session(*client_->principal) && !(*principal)->by_session()) {
    reply.error(reason("a token of a session is needed"));
  } else {
    expiry_->renew((*principal)->ends_at);
    reply.ok(state());
  }
}

void SessionChannel::on_end(EndReason /*reason*/) noexcept {
  over_ = true;
  if (expiry_) expiry_->unwatch();
}

}  // namespace coppice::app::rooms
