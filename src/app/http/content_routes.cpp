#include "app/http/content_routes.hpp"

#include "app/http/image_routes.hpp"
#include "app/http/resource_routes.hpp"
#include "app/http/search_routes.hpp"

namespace coppice::app::http {

net::http::Routes content_routes(const Context& context, const content::Catalogue& catalogue,
                                 const std::optional<net::http::Pipeline>& writers) {
  std::vector<net::http::Route> routes;
  const auto add = [&routes](const net::http::Routes& more) {
    routes.insert(routes.end(), more.begin(), more.end());
  };
  for (const auto& table : catalogue.tables()) add(resource_routes(context, *table, writers));
  if (writers) add(upload_routes(context, *writers));
  add(search_routes(context, catalogue));
  return routes;
}

}  // namespace coppice::app::http
