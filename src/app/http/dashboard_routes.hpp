#pragma once

#include "app/http/authentication.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// `/admin`, the operators' page, whose parts are in the binary. Nobody is answered 401 and a page
/// to sign in with, and who is no administrator 403; see dashboard::operator_right().
///
/// @param developers  Whether programs of this machine need no session.
/// @param reads       What a request passes before it is known who makes it.
[[nodiscard]] net::http::Routes dashboard_routes(AccountContextPtr accounts, bool developers,
                                                 const net::http::Pipeline& reads);

}  // namespace coppice::app::http
