#include "net/http/request.hpp"

#include <algorithm>
#include <utility>

namespace coppice::net::http {
namespace {

/// More is given back: a connection that waits must not hold what its largest request took.
constexpr std::size_t kMostRoomKept = 4096;

/// Nothing, with the room of @p kept, if that is little.
template <class T>
T emptied(T& kept) noexcept {
  T next = std::move(kept);  // an assignment could leave the room where it is
  if (next.capacity() > kMostRoomKept) return {};
  next.clear();
  return next;
}

}  // namespace

// Whatever is not named here is as in a new one, so that nothing of a request is in the next.
void Request::clear() noexcept {
  Request next;
  next.target = emptied(target);
  next.path = emptied(path);
  next.headers = emptied(headers);
  next.body = emptied(body);
  next.id = emptied(id);
  next.peer = std::move(peer);
  *this = std::move(next);
}

std::string_view Request::path_param(std::string_view name) const noexcept {
  const auto found = std::ranges::find(path_params, name, &PathParams::value_type::first);
  return found == path_params.end() ? std::string_view() : found->second;
}

}  // namespace coppice::net::http
