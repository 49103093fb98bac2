#include "app/admin/account_schemas.hpp"

#include "app/http/account_schema.hpp"
#include "app/http/json_schema.hpp"

namespace coppice::app::admin::schemas {
namespace {

using boost::json::object;
using http::json_schema::integer;
using http::json_schema::list_of;
using http::json_schema::one_of;
using http::json_schema::record;
using http::json_schema::text;
using http::json_schema::text_of;
using http::json_schema::texts;

object a_user() { return {{"$ref", "#/components/schemas/User"}}; }
object a_token() { return {{"$ref", "#/components/schemas/BearerToken"}}; }

object email() { return text_of("email"); }
object password() { return text("At least 12 characters."); }
object role() { return one_of({"admin", "editor", "member"}); }

}  // namespace

object user() { return record({{"user", a_user()}}); }
object users() { return record({{"users", list_of(a_user())}}); }
object tokens() { return record({{"tokens", list_of(a_token())}}); }
object new_token() {
  return record({{"token", a_token()}, {"secret", text("The token itself, told this once.")}});
}

object user_to_add() {
  return record({{"email", email()},
                 {"password", password()},
                 {"name", text("What to call them; otherwise what is before the @.")},
                 {"role", role()}},
                {"name", "role"});
}

object password_to_set() { return record({{"email", email()}, {"password", password()}}); }
object role_to_set() { return record({{"email", email()}, {"role", role()}}); }
object user_who_is_meant() { return record({{"email", email()}}); }

object token_to_create() {
  return record({{"email", email()},
                 {"name", text("What it is for.")},
                 {"scopes", texts()},
                 {"days", integer("How long it is good for: 90 unless it is said, 0 for ever.")}},
                {"days"});
}

object token_to_revoke() { return record({{"email", email()}, {"id", integer()}}); }

void add_account_components(object& components) { http::add_account_schemas(components); }

}  // namespace coppice::app::admin::schemas
