#include "app/accounts/account_json.hpp"

#include <chrono>

#include "app/utc_time.hpp"

namespace coppice::app::accounts {
namespace {

std::string time_text(std::int64_t seconds) {
  return utc_time(std::chrono::sys_seconds(std::chrono::seconds(seconds)));
}

std::optional<std::string> time_text(std::optional<std::int64_t> seconds) {
  return seconds ? std::optional(time_text(*seconds)) : std::nullopt;
}

}  // namespace

void write_json(content::JsonWriter& json, const User& user) {
  json.begin_object().key("id").integer(user.id).key("email").string(user.email);
  json.key("name").string(user.name).key("role").string(to_string(user.role));
  json.key("disabled").boolean(user.disabled);
  json.key("inserted_at").string(user.inserted_at + "Z").end_object();
}

void write_json(content::JsonWriter& json, const ApiToken& token) {
  json.begin_object().key("id").integer(token.id).key("name").string(token.name);
  json.key("scopes").strings(split_scopes(token.scopes));
  json.key("created_at").string(time_text(token.created_at));
  json.key("expires_at").string_or_null(time_text(token.expires_at));
  json.key("last_used_at").string_or_null(time_text(token.last_used_at)).end_object();
}

}  // namespace coppice::app::accounts
