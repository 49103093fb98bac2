#include "app/cli/account_desk.hpp"

#include <chrono>
#include <filesystem>
#include <utility>

#include <boost/json/serialize.hpp>

#include "app/accounts/account_commands.hpp"
#include "app/accounts/password_hash.hpp"
#include "app/cli/admin_client.hpp"
#include "app/cli/own_database.hpp"
#include "db/run_commands.hpp"

namespace coppice::app::cli {

using actors::Errc;
using actors::fail;
using actors::Result;
using admin::FoundAccounts;

namespace {

/// The accounts of a database that no server has, or that is only read.
class FileAccounts final : public admin::AccountKeeper {
 public:
  explicit FileAccounts(db::Connection& connection) : connection_(connection) {
    accounts::add_account_commands(commands_);
  }

  Result<FoundAccounts> read(Look look) override { return look(connection_); }

  Result<std::string> run(const db::Command& command) override {
    auto replies = db::run_commands(connection_, commands_, {&command, 1});
    if (!replies.front()) return std::unexpected(std::move(replies.front().error()));
    return std::move(replies.front()->value);
  }

  Result<std::string> hash(std::string password) override {
    return accounts::PasswordHasher().hash(password);
  }

  std::int64_t now() override {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }

  void note(const admin::AccountChange& /*change*/) override {}

 private:
  db::Connection& connection_;
  db::CommandRegistry commands_;
};

/// Whether the refusal may be no more than that the server has another database than the one that
/// is meant, or is none: then the file can tell, since it is free.
bool may_be_for_the_file(const actors::Error& refusal) {
  return refusal == Errc::unavailable || refusal == Errc::conflict;
}

}  // namespace

std::string AccountDesk::meant() const { return std::filesystem::absolute(database_).string(); }

Result<std::string> AccountDesk::look(const admin::AccountLook& what,
                                      const std::string& email) const {
  AdminClient::Parameters parameters{{"database", meant()}};
  if (!email.empty()) parameters.emplace_back("email", email);
  auto answer = AdminClient(socket_).get(std::string(what.path), parameters);
  if (answer || !may_be_for_the_file(answer.error())) return answer;
  auto reader = db::Connection::open({.path = database_, .read_only = true});
  if (!reader) return std::unexpected(std::move(reader.error()));
  FileAccounts keeper(*reader);
  return what.run(keeper, email);
}

Result<std::string> AccountDesk::give(const admin::AccountOrder& order,
                                      boost::json::object form) const {
  auto answer = AdminClient(socket_).post_json(std::string(order.path), {{"database", meant()}},
                                               boost::json::serialize(form));
  if (answer || !may_be_for_the_file(answer.error())) return answer;
  auto own = take_database(database_);
  if (!own && own.error() != Errc::busy) return std::unexpected(std::move(own.error()));
  if (!own && answer.error() == Errc::conflict) return answer;
  if (!own) {
    return fail(Errc::unavailable,
                database_ + " is in use, and its server can't be asked: " + answer.error().context);
  }
  FileAccounts keeper(own->writer);
  return order.run(keeper, http::JsonBody::of(std::move(form)));
}

}  // namespace coppice::app::cli
