#pragma once

#include <string>

#include "app/accounts/principal.hpp"
#include "app/config.hpp"

namespace coppice::app::dashboard {

/// Whether programs of this machine need no session: in development, unless proxies are to be
/// expected.
[[nodiscard]] inline bool lets_developers_in(const Config& config) {
  return config.environment == Environment::development && config.http.trusted_proxies.empty();
}

/// As whom somebody may see and change the server's actors, for the log; empty for who may not.
/// Administrators may, by a session or by what was made with one: no bearer token is good for it.
/// @param principal  Null for nobody.
/// @param developers  What lets_developers_in() says: then so may a program of this machine.
/// @param from_here   See net::http::is_from_here().
[[nodiscard]] inline std::string operator_right(const accounts::Principal* principal,
                                                bool developers, bool from_here) {
  const bool administrator =
      principal != nullptr && principal->by_session() && principal->has_role(accounts::Role::admin);
  if (administrator) {
    return principal->user.email + " (user " + std::to_string(principal->user.id) + ")";
  }
  return developers && from_here ? "a developer on this machine" : "";
}

}  // namespace coppice::app::dashboard
