#pragma once

#include <memory>

#include "actors/runtime.hpp"
#include "app/accounts/accounts.hpp"
#include "app/admin/work.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// What operators' orders to the accounts need.
struct AccountParts {
  actors::Runtime& runtime;
  accounts::Accounts accounts;
};

/// Users and their bearer tokens. What an order says comes in its body, where no log sees it.
[[nodiscard]] net::http::Routes account_routes(std::shared_ptr<Work> work, AccountParts parts);

}  // namespace coppice::app::admin
