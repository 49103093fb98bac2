#pragma once

#include <boost/json/object.hpp>

/// What operators send and are answered about accounts, as JSON Schema; see answer_schemas.hpp.
namespace coppice::app::admin::schemas {

[[nodiscard]] boost::json::object user();
[[nodiscard]] boost::json::object users();
[[nodiscard]] boost::json::object tokens();
[[nodiscard]] boost::json::object new_token();

[[nodiscard]] boost::json::object user_to_add();
[[nodiscard]] boost::json::object password_to_set();
[[nodiscard]] boost::json::object role_to_set();
[[nodiscard]] boost::json::object user_who_is_meant();
[[nodiscard]] boost::json::object token_to_create();
[[nodiscard]] boost::json::object token_to_revoke();

/// Adds those that these refer to by name.
void add_account_components(boost::json::object& components);

}  // namespace coppice::app::admin::schemas
