#pragma once

#include <memory>
#include <vector>

#include "app/account_config.hpp"
#include "app/http/authentication.hpp"
#include "app/oidc/provider.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// What signing in with a provider works with.
struct SignInContext {
  AccountContextPtr accounts;
  std::vector<std::shared_ptr<oidc::Provider>> providers;
  bool may_create = false;
  std::string after;
};
using SignInContextPtr = std::shared_ptr<const SignInContext>;

[[nodiscard]] SignInContextPtr sign_in_context(const AccountContextPtr& accounts,
                                               const SignInConfig& config);

/// `/auth/:provider`, which sends a browser to an OpenID Connect provider, and the callbacks of
/// those that are configured.
[[nodiscard]] net::http::Routes sign_in_routes(const SignInContextPtr& context);

}  // namespace coppice::app::http
