#include "app/accounts/scope.hpp"

#include <algorithm>

namespace coppice::app::accounts {
namespace {

using actors::Errc;
using actors::fail;

std::string known_scopes() {
  std::string list;
  for (const auto scope : kScopes) list += (list.empty() ? "" : ", ") + std::string(scope);
  return list;
}

}  // namespace

actors::Result<Scopes> checked_scopes(Scopes scopes) {
  for (const auto& scope : scopes) {
    if (std::ranges::find(kScopes, scope) != kScopes.end()) continue;
    return fail(Errc::invalid_argument,
                "\"" + scope + "\" is no scope; there are " + known_scopes());
  }
  if (scopes.empty())
    return fail(Errc::invalid_argument, "needs at least one of " + known_scopes());
  std::ranges::sort(scopes);
  const auto repeated = std::ranges::unique(scopes);
  scopes.erase(repeated.begin(), repeated.end());
  return scopes;
}

std::string join_scopes(const Scopes& scopes) {
  std::string joined;
  for (const auto& scope : scopes) joined += (joined.empty() ? "" : " ") + scope;
  return joined;
}

Scopes split_scopes(std::string_view joined) {
  Scopes scopes;
  while (!joined.empty()) {
    const auto space = joined.find(' ');
    scopes.emplace_back(joined.substr(0, space));
    joined = space == std::string_view::npos ? std::string_view() : joined.substr(space + 1);
  }
  return scopes;
}

}  // namespace coppice::app::accounts
