#include "app/accounts/principal.hpp"

#include <algorithm>

namespace coppice::app::accounts {

bool Principal::has_scope(std::string_view scope) const noexcept {
  return by_session() || std::ranges::find(scopes, scope) != scopes.end();
}

}  // namespace coppice::app::accounts
