#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "net/address_range.hpp"
#include "net/http/plug.hpp"

namespace coppice::net::http::plugs {

using HeaderList = std::initializer_list<std::pair<std::string_view, std::string_view>>;

inline Request make_request(HeaderList headers = {}, Method method = Method::get) {
  Request request;
  request.method = method;
  request.target = request.path = "/path";
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  return request;
}

/// What becomes of a request that a handler answers with @p answer, if the plug lets it through.
inline Response pass(const Plug& plug, Request& request,
                     Response answer = Response::text(Status::ok, "ok")) {
  if (const auto* before = std::get_if<Plug::Before>(&plug.before)) {
    if (auto early = (*before)(request)) answer = *std::move(early);
  }
  if (plug.after) plug.after(request, answer);
  return answer;
}

}  // namespace coppice::net::http::plugs
