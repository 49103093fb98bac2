#pragma once

#include <memory>

#include "app/content/resource/table.hpp"

/// The resources of the content application. A new one is a function like these in a file of its
/// own, and a line in content_catalogue(); see docs/adding-a-resource.md.
namespace coppice::app::content {

[[nodiscard]] Resource posts();
[[nodiscard]] Resource projects();
[[nodiscard]] Resource tags();
[[nodiscard]] Resource assets();

/// All of them.
[[nodiscard]] std::shared_ptr<const Catalogue> content_catalogue();

/// Those that code of the application goes to by itself.
[[nodiscard]] const Table& posts_table();
[[nodiscard]] const Table& projects_table();
[[nodiscard]] const Table& assets_table();

}  // namespace coppice::app::content
