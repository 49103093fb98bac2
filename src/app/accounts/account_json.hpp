#pragma once

#include "app/accounts/read_accounts.hpp"
#include "app/content/json_writer.hpp"

namespace coppice::app::accounts {

/// Writes a user as one JSON value, the same for the API and the command line.
void write_json(content::JsonWriter& json, const User& user);

/// The same for a bearer token, without its secret.
void write_json(content::JsonWriter& json, const ApiToken& token);

}  // namespace coppice::app::accounts
