#include "net/http/request.hpp"

#include <algorithm>
#include <utility>

namespace coppice::net::http {
namespace {

/// More is given back: a connection that waits must not hold what its largest request took.
constexpr std::size_t kMostKept = 4096;

std::string emptied(std::string&& text) noexcept {
  if (text.capacity() > kMostKept) return {};
  text.clear();
  return std::move(text);
}

Headers emptied(Headers&& headers) noexcept {
  if (headers.capacity() > kMostKept) return {};
  headers.clear();
  return std::move(headers);
}

}  // namespace

// Whatever is not named here is as in a new one, so that nothing of a request is in the next.
void Request::clear() noexcept {
  Request next;
  next.target = emptied(std::move(target));
  next.path = emptied(std::move(path));
  next.headers = emptied(std::move(headers));
  next.body = emptied(std::move(body));
  next.id = emptied(std::move(id));
  next.peer = std::move(peer);
  *this = std::move(next);
}

std::string_view Request::path_param(std::string_view name) const noexcept {
  const auto found = std::ranges::find(path_params, name, &PathParams::value_type::first);
  return found == path_params.end() ? std::string_view() : found->second;
}

}  // namespace coppice::net::http
