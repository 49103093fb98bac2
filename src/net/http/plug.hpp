#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "net/http/request.hpp"
#include "net/http/response.hpp"
#include "net/io.hpp"

namespace coppice::net::http {

/// A step that requests pass on their way to a handler, and answers on their way back.
///
/// `before` sees the head of the request only: the body is read after it, so that whoever is
/// refused need not send one. It may leave things in the request for those behind it, or answer;
/// then neither the plugs behind it nor the handler are asked. A plug that waits for something, as
/// for the database, gives a coroutine, which costs a little more; all others should not. Plain
/// functions must not keep the request: the connection's next one is read into the same object.
///
/// `after` may change the answer. It is called for each plug that the request has reached, the last
/// one first, whoever has answered.
///
/// Thread: that of each connection, several at once.
struct Plug {
  /// Nothing lets the request pass.
  using Before = std::function<std::optional<Response>(Request&)>;
  using AwaitedBefore = std::function<Awaitable<std::optional<Response>>(std::shared_ptr<Request>)>;
  using After = std::function<void(const Request&, Response&)>;

  std::string name;  ///< As `coppice routes` shows it: "api", "require editor".
  std::variant<std::monostate, Before, AwaitedBefore> before{};
  After after{};
};

/// Plugs in the order in which a request meets them, under a name for the table of routes.
struct Pipeline {
  std::string name;
  std::vector<Plug> plugs;

  Pipeline(std::string pipeline, std::vector<Plug> steps)
      : name(std::move(pipeline)), plugs(std::move(steps)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): one plug is a pipeline
  Pipeline(Plug plug) : name(plug.name), plugs({std::move(plug)}) {}
};

}  // namespace coppice::net::http
