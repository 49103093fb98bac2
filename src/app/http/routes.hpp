#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/http/api.hpp"
#include "app/http/authentication.hpp"
#include "app/http/read_your_writes.hpp"
#include "app/http/sign_in_routes.hpp"
#include "app/metrics/exposition.hpp"
#include "net/channels/longpoll.hpp"
#include "net/http/handler.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// What the routes lead to. Empty for whoever only looks at the table, as `coppice routes` does.
struct Destinations {
  std::shared_ptr<const ApiContext> api{};
  AccountContextPtr accounts{};
  SignInContextPtr sign_in{};
  net::http::UpgradeHandler websocket{};
  std::shared_ptr<net::channels::LongPolls> polls{};
  AskPrimary ask_primary{};  ///< Of a replica.
  bool developers = false;   ///< See dashboard::lets_developers_in().
  std::shared_ptr<const metrics::Exposition> metrics{};
  std::string metrics_token{};  ///< Empty: `/metrics` is not there.
};

inline constexpr std::string_view kWebSocketPath = "/socket/websocket";
inline constexpr std::string_view kLongPollPath = "/socket/longpoll";

/// The application's routing table.
[[nodiscard]] net::http::Routes routes(const Destinations& to);

}  // namespace coppice::app::http
