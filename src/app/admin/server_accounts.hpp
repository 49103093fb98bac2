#pragma once

#include <string>
#include <utility>

#include "actors/runtime.hpp"
#include "app/accounts/accounts.hpp"
#include "app/admin/account_orders.hpp"

namespace coppice::app::admin {

/// A running server's accounts. Whoever is let out is told of as if a request of theirs had done
/// it; each change is in the log, by the user's id.
///
/// Thread: one that is no shard's; blocks.
class ServerAccounts final : public AccountKeeper {
 public:
  /// @param patience  How long a look may take.
  ServerAccounts(actors::Runtime& runtime, accounts::Accounts accounts, actors::Duration patience)
      : runtime_(runtime), accounts_(std::move(accounts)), patience_(patience) {}

  /// Errors: those of Database::read() and, of the others, execute() and Accounts::hash_password().
  [[nodiscard]] actors::Result<FoundAccounts> read(Look look) override;
  [[nodiscard]] actors::Result<std::string> run(const db::Command& command) override;
  [[nodiscard]] actors::Result<std::string> hash(std::string password) override;
  [[nodiscard]] std::int64_t now() override { return accounts_.now(); }
  void note(const AccountChange& change) override;

 private:
  actors::Runtime& runtime_;
  const accounts::Accounts accounts_;
  const actors::Duration patience_;
};

}  // namespace coppice::app::admin
