#pragma once

#include <memory>

#include "app/http/authentication.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// Sessions, passwords and bearer tokens, without the prefix `/api`; see docs/accounts.md.
[[nodiscard]] net::http::Routes account_routes(const AccountContextPtr& context);

}  // namespace coppice::app::http
