#include "app/content/resources.hpp"

#include <stdexcept>
#include <string>

namespace coppice::app::content {

namespace {

const Table& table_named(std::string_view name) {
  const Table* table = content_catalogue()->find(name);
  if (table == nullptr) throw std::logic_error("there is no resource " + std::string(name));
  return *table;
}

}  // namespace

std::shared_ptr<const Catalogue> content_catalogue() {
  static const auto catalogue = std::make_shared<const Catalogue>(
      std::vector<Resource>{posts(), projects(), tags(), assets()});
  return catalogue;
}

const Table& posts_table() {
  static const Table& table = table_named("posts");
  return table;
}

const Table& projects_table() {
  static const Table& table = table_named("projects");
  return table;
}

const Table& assets_table() {
  static const Table& table = table_named("assets");
  return table;
}

}  // namespace coppice::app::content
