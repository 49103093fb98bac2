#pragma once

#include <boost/json/object.hpp>

#include "app/http/api_schema.hpp"

/// What the API's description says of accounts.
namespace coppice::app::http {

[[nodiscard]] Operation sign_in_operation();
[[nodiscard]] Operation sign_out_operation();
[[nodiscard]] Operation sign_out_everywhere_operation();
[[nodiscard]] Operation who_am_i_operation();
[[nodiscard]] Operation change_password_operation();
[[nodiscard]] Operation request_reset_operation();
[[nodiscard]] Operation reset_password_operation();
[[nodiscard]] Operation list_tokens_operation();
[[nodiscard]] Operation create_token_operation();
[[nodiscard]] Operation revoke_token_operation();
[[nodiscard]] Operation socket_token_operation();

/// Adds the schemas that they refer to, `User` and `BearerToken`, to the components.
void add_account_schemas(boost::json::object& schemas);

}  // namespace coppice::app::http
