#include "app/http/bearer_token.hpp"

#include "net/http/headers.hpp"

namespace coppice::app::http {
namespace {

constexpr std::string_view kScheme = "bearer ";

}  // namespace

std::optional<std::string> bearer_token(const net::http::Request& request) {
  const auto header = request.header("authorization");
  if (!header || header->size() <= kScheme.size()) return std::nullopt;
  if (!net::http::equals_ignoring_case(header->substr(0, kScheme.size()), kScheme)) {
    return std::nullopt;
  }
  return std::string(net::http::trim(header->substr(kScheme.size())));
}

}  // namespace coppice::app::http
