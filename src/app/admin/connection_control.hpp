#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "actors/pid.hpp"
#include "actors/result.hpp"
#include "actors/runtime.hpp"
#include "app/rooms/realtime.hpp"
#include "net/server/http_endpoint.hpp"

namespace coppice::app::admin {

/// Which connections are meant: those for which all hold that is not empty.
struct ConnectionFilter {
  std::string user;
  std::string address;
  std::string topic;
  std::string transport;  ///< "http", "websocket" or "longpoll"
};

/// A part of a list that is too long for one answer.
struct PageOf {
  static constexpr std::size_t kDefault = 100;
  static constexpr std::size_t kMost = 1000;
  std::size_t limit = kDefault;
  std::string after;  ///< The last one's id, or topic, of the page before.
};

/// "<0.12.1>", as lists show it, or "0.12.1". Errors: invalid_argument.
[[nodiscard]] actors::Result<actors::Pid> parse_pid(const std::string& text);

/// What operators see of clients' connections and can do to them. Shards are asked, and one that
/// does not answer within a second is named in the answer.
///
/// Thread: any that is no shard's; blocks.
class ConnectionControl {
 public:
  ConnectionControl(actors::Runtime& runtime,
                    std::shared_ptr<const net::server::HttpEndpoint> endpoint,
                    rooms::Realtime realtime)
      : runtime_(runtime), endpoint_(std::move(endpoint)), realtime_(std::move(realtime)) {}

  /// {"connections": [{"id", "transport", "address", "since", "user", "topics", "queued_bytes",
  /// "received", "sent"}], "matching", "next", "unanswered"}, in the order of their ids.
  [[nodiscard]] actors::Result<std::string> list(const ConnectionFilter& filter,
                                                 const PageOf& page) const;

  /// Ends one connection: a socket with 1001, another as it is.
  /// Errors: invalid_argument, not_found; timeout if its shard does not answer.
  [[nodiscard]] actors::Result<std::string> disconnect(const std::string& id);

  /// Ends all sockets of a user with 1001. Errors: invalid_argument.
  [[nodiscard]] actors::Result<std::string> disconnect_user(const std::string& user);

 private:
  actors::Runtime& runtime_;
  const std::shared_ptr<const net::server::HttpEndpoint> endpoint_;
  const rooms::Realtime realtime_;
};

}  // namespace coppice::app::admin
