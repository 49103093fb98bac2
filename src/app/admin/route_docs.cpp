#include "app/admin/route_docs.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "app/admin/work.hpp"

namespace coppice::app::admin {
namespace {

using net::http::Plug;
using net::http::Request;
using net::http::Response;

Plug refuse_others(std::vector<QueryDoc> known) {
  return {.name = "known parameters",
          .before = [known = std::move(known)](Request& request) -> std::optional<Response> {
            for (const auto& entry : request.query.entries()) {
              if (std::ranges::find(known, entry.name, &QueryDoc::name) != known.end()) continue;
              return explained({actors::Errc::invalid_argument, "unknown parameter " + entry.name});
            }
            return std::nullopt;
          }};
}

}  // namespace

net::http::RouteOptions described(std::string summary, RouteDocs docs) {
  auto known = refuse_others(docs.query);
  return {.summary = std::move(summary), .through = {std::move(known)}, .docs = std::move(docs)};
}

}  // namespace coppice::app::admin
