#pragma once

#include <memory>

#include "actors/runtime.hpp"
#include "app/admin/work.hpp"
#include "app/http/api.hpp"
#include "app/long_work.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// What operators' imports need.
struct ImportParts {
  actors::Runtime& runtime;
  std::shared_ptr<http::ApiContext> api;
  bool has_content_path = false;  ///< Whether there is an importer.
  std::shared_ptr<LongWork> long_work{};
};

/// Has a content folder imported.
[[nodiscard]] net::http::Routes import_routes(std::shared_ptr<Work> work, ImportParts parts);

}  // namespace coppice::app::admin
