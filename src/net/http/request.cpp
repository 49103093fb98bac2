#include "net/http/request.hpp"

#include <algorithm>

namespace coppice::net::http {

std::string_view Request::path_param(std::string_view name) const noexcept {
  const auto found = std::ranges::find(path_params, name, &PathParams::value_type::first);
  return found == path_params.end() ? std::string_view() : found->second;
}

}  // namespace coppice::net::http
