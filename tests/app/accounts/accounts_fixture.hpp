#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/accounts/account_commands.hpp"
#include "app/accounts/accounts.hpp"
#include "app/accounts/user_commands.hpp"
#include "db/database_world.hpp"

namespace coppice::app::accounts {

using actors::Errc;
using actors::Result;

inline const std::string kPassword = "correct horse battery";

/// A deterministic world with a database and accounts, whose clock the test sets.
class AccountsTest : public db::DatabaseWorldTest {
 protected:
  AccountsTest() {
    auto commands = std::make_shared<db::CommandRegistry>();
    add_account_commands(*commands);
    auto options = this->options();
    options.commands = std::move(commands);
    start(std::move(options));
    start_accounts({});
  }

  void start_accounts(HashCost cost) {
    if (cost.memory_bytes > kCheap.memory_bytes) cost = kCheap;
    accounts_.emplace(
        *database_, keys_,
        AccountsOptions{.hash_cost = cost,
                        .hash_threads = 1,
                        .clock = [this] { return now_; },
                        .on_let_out = [this](std::int64_t id) { let_out_.push_back(id); }});
    const auto place = world_.runtime().root()->child("accounts" + std::to_string(++starts_),
                                                      supervisor::ChildType::supervisor, "");
    const auto outcome = world_.start(accounts_->child().start, {.place = place});
    if (!outcome.ok()) throw std::runtime_error(outcome.reason.to_string());
  }

  template <class T>
  Result<T> wait(actors::Task<Result<T>> task) {
    return db::run_task_blocking<T>(world_.runtime(), std::move(task), std::chrono::seconds(30));
  }

  User add_user(std::string email, Role role = Role::member) {
    auto hash = PasswordHasher(kCheap).hash(kPassword).value();
    return db::must(execute(CreateUser{std::move(email), "Name", role, std::move(hash)})).value;
  }

  SignedIn sign_in(const std::string& email) {
    return db::must(wait(accounts_->sign_in(email, kPassword)));
  }
  std::optional<Principal> principal_of(const std::string& secret) {
    return db::must(wait(accounts_->by_session(secret)));
  }

  /// The secret of a new bearer token.
  std::string add_token(const User& user) {
    auto made =
        wait(accounts_->create_api_token(user.id, {"token", {std::string(kReadContent)}, {}}));
    return db::must(std::move(made)).secret;
  }
  /// Whether a bearer token lets somebody in.
  bool knows(const std::string& token) {
    return db::must(wait(accounts_->by_bearer_token(token))).has_value();
  }

  static constexpr HashCost kCheap{.passes = 1, .memory_bytes = 8192};
  std::int64_t now_ = 1'800'000'000;
  std::shared_ptr<const KeyRing> keys_ =
      std::make_shared<const KeyRing>(std::vector{std::string(64, 'k')});
  std::vector<std::int64_t> let_out_;  // who has been told to be let out
  std::optional<Accounts> accounts_;
  int starts_ = 0;
};

}  // namespace coppice::app::accounts
