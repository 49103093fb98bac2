#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "actors/time.hpp"
#include "net/http/assigns.hpp"
#include "net/http/headers.hpp"
#include "net/http/method.hpp"
#include "net/http/query.hpp"
#include "net/listener.hpp"

namespace coppice::net::http {

/// What a route's pattern matched: ("slug", "hello-world").
using PathParams = std::vector<std::pair<std::string, std::string>>;

struct Route;

/// One whole request, well-formed by the rules of RFC 9112 and within the limits. Plugs see it
/// before its body has been read.
struct Request {
  Method method = Method::get;
  std::string target;      ///< As it was sent: "/api/posts/a%20b?draft=1".
  std::string path;        ///< The target's path, still encoded: "/api/posts/a%20b".
  Params query;            ///< Decoded.
  PathParams path_params;  ///< Decoded; filled by the router.
  Headers headers;
  std::string body;
  Peer peer;
  bool http_1_0 = false;
  bool keep_alive = true;  ///< The client lets the connection be used again.
  /// The declared size of the body; nothing if it is chunked or there is none.
  std::optional<std::uint64_t> content_length;

  actors::Time received_at{};    ///< When its head was there.
  const Route* route = nullptr;  ///< Lives as long as the server. Null before a route was found.
  bool malformed = false;        ///< Refused by the parser: what follows the fault is missing.

  /// What the endpoint's plugs know. Handlers go by these, not by headers that anybody can send.
  std::string id;                   ///< For logs; empty without a plug that gives one.
  boost::asio::ip::address client;  ///< Who asked: the peer, or who a trusted proxy says it is.
  bool secure = false;              ///< The client speaks HTTPS, with us or a trusted proxy.
  /// What plugs leave for those behind them, and handlers for the log.
  mutable Assigns assigns;

  /// The path parameter of that name; empty if the route has none such.
  [[nodiscard]] std::string_view path_param(std::string_view name) const noexcept;

  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept {
    return headers.get(name);
  }

  /// Becomes as new for the connection's next request: keeps the peer, and some of its room.
  void clear() noexcept;
};

/// How handlers get it: shared, so that it lives as long as the slowest of its users.
using RequestPtr = std::shared_ptr<const Request>;

}  // namespace coppice::net::http
