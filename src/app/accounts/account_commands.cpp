#include "app/accounts/account_commands.hpp"

#include "app/accounts/credential_commands.hpp"
#include "app/accounts/user_commands.hpp"

namespace coppice::app::accounts {

void add_account_commands(db::CommandRegistry& registry) {
  registry.add<CreateUser>();
  registry.add<SetPassword>();
  registry.add<RefreshPasswordHash>();
  registry.add<SetRole>();
  registry.add<SetDisabled>();
  registry.add<SignInWithIdentity>();
  registry.add<CreateSession>();
  registry.add<ProlongSession>();
  registry.add<DeleteSession>();
  registry.add<DeleteSessions>();
  registry.add<ForgetExpired>();
  registry.add<CreateApiToken>();
  registry.add<NoteApiTokenUse>();
  registry.add<RevokeApiToken>();
  registry.add<CreateResetToken>();
  registry.add<ResetPassword>();
}

}  // namespace coppice::app::accounts
