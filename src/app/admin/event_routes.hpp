#pragma once

#include <memory>
#include <string_view>

#include "app/journal.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// What the runtime has told about itself: crashes, restarts, slow handlers and the like.
/// @param events  As Telemetry fills it.
[[nodiscard]] net::http::Routes event_routes(std::shared_ptr<Journal> events);

/// Whether an event's kind is among @p wanted: kinds, and beginnings of kinds up to a dot, with
/// commas between them. Nothing wanted means all.
[[nodiscard]] bool is_wanted_kind(std::string_view kind, std::string_view wanted);

}  // namespace coppice::app::admin
