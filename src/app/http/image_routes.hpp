#pragma once

#include <optional>

#include "app/http/answers.hpp"
#include "net/http/plug.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// `/assets/images/:name`: the bytes of stored images, with ranges.
[[nodiscard]] net::http::Routes image_routes(const Context& context);

/// Below `/api`: uploads that create and replace assets, as a form or as the bytes themselves.
[[nodiscard]] net::http::Routes upload_routes(const Context& context,
                                              const net::http::Pipeline& writers);

}  // namespace coppice::app::http
