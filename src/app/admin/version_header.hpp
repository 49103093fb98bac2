#pragma once

#include <string>

#include "app/version.hpp"
#include "net/http/plug.hpp"

namespace coppice::app::admin {

/// Says in each answer which version of the program gave it, so that the command line of another
/// one can warn.
[[nodiscard]] inline net::http::Plug version_header() {
  return {.name = "version",
          .after = [](const net::http::Request& /*request*/, net::http::Response& response) {
            response.headers.set("coppice-version", std::string(kVersion));
          }};
}

}  // namespace coppice::app::admin
