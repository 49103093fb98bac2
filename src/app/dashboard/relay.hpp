#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "actors/task.hpp"
#include "app/dashboard/desk.hpp"
#include "net/channels/message.hpp"
#include "net/http/router.hpp"

/// Requests of the admin socket that operators make in a browser as well. They go to the same
/// handlers, so that nothing is said or done in two ways; what isn't named here can't be asked for.
namespace coppice::app::dashboard {

/// An event of the channel, and the request that it stands for.
struct Relayed {
  std::string_view event;
  net::http::Method method;
  std::string_view pattern;  ///< Of the route.

  [[nodiscard]] bool is_order() const noexcept { return method == net::http::Method::post; }
};

/// Null for an event that is none.
[[nodiscard]] const Relayed* find_relayed(std::string_view event) noexcept;

/// The request, with the members of @p payload as its parameters and an id of its own.
/// Errors: invalid_argument for what is no object, and for members that are neither text nor
/// numbers, or too long.
[[nodiscard]] actors::Result<std::shared_ptr<net::http::Request>> request_of(
    const Relayed& relayed, const net::channels::Payload& payload);

/// Its parameters for a line of the log, a space before each: " id=<0.12.1>", in printable ASCII.
[[nodiscard]] std::string parameters_text(const net::http::Request& request);

struct RelayAnswer {
  bool good = false;
  std::string text;  ///< JSON, or the reason why not.
};

/// Has the route answer. Lines of JSON come as `{"lines":[…]}`. The turn is given back at the end.
[[nodiscard]] actors::Task<actors::Result<RelayAnswer>> relay(
    std::shared_ptr<const net::http::Router> operators, std::shared_ptr<net::http::Request> request,
    const Relayed* relayed, std::shared_ptr<Turn> turn);

}  // namespace coppice::app::dashboard
