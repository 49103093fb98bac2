#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "actors/result.hpp"
#include "app/accounts/accounts.hpp"
#include "net/channels/connect.hpp"
#include "net/io.hpp"

namespace coppice::app::rooms {

/// Null for nobody.
using PrincipalPtr = std::shared_ptr<const accounts::Principal>;

inline constexpr auto kCredentialTimeout = std::chrono::seconds(10);

/// Whom a client that connects proves to be: by a token in its subprotocol or header, or as the
/// connect parameter `token`, or by the session's cookie, which counts only with the session's
/// `_csrf_token` as connect parameter, since browsers send cookies for any page. Who has none of
/// these is nobody.
///
/// Errors: unauthorized for a token that is not good for connecting; those of the database.
/// Thread: a shard's.
[[nodiscard]] net::Awaitable<actors::Result<PrincipalPtr>> identify(
    accounts::Accounts accounts, net::channels::ConnectInfo info);

}  // namespace coppice::app::rooms
