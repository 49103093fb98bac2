#pragma once

#include "db/command.hpp"

namespace coppice::app::accounts {

/// Makes the writer know the commands of user_commands.hpp and credential_commands.hpp.
void add_account_commands(db::CommandRegistry& registry);

}  // namespace coppice::app::accounts
