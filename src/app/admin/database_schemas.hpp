#pragma once

#include <boost/json/object.hpp>

/// What operators are answered of the database, as JSON Schema; see answer_schemas.hpp.
namespace coppice::app::admin::schemas {

[[nodiscard]] boost::json::object database();
[[nodiscard]] boost::json::object migrations();
[[nodiscard]] boost::json::object migrated();
[[nodiscard]] boost::json::object backups();
[[nodiscard]] boost::json::object made_backup();
[[nodiscard]] boost::json::object restored();
[[nodiscard]] boost::json::object checked();
[[nodiscard]] boost::json::object reindexed();
[[nodiscard]] boost::json::object imported();

}  // namespace coppice::app::admin::schemas
