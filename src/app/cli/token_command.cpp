#include "app/cli/token_command.hpp"

#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/accounts/account_json.hpp"
#include "app/accounts/api_token_request.hpp"
#include "app/accounts/credential_commands.hpp"
#include "app/accounts/secret.hpp"
#include "app/cli/account_options.hpp"
#include "app/cli/command_sender.hpp"
#include "app/utc_time.hpp"

namespace coppice::app::cli {
namespace {

using accounts::ApiToken;
using actors::Errc;
using actors::fail;
using actors::Result;

struct TokenArguments {
  std::string email;
  std::string name;
  std::vector<std::string> scopes;
  std::int64_t days = accounts::kDefaultTokenDays;
  std::int64_t id = 0;
};

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// What the database says, for reading only.
template <class Read>
auto read(const AccountOptions& options, Read read) -> std::invoke_result_t<Read, db::Connection&> {
  auto reader = db::Connection::open({.path = options.database, .read_only = true});
  if (!reader) return std::unexpected(reader.error());
  return read(*reader);
}

Result<std::int64_t> find_user(const TokenArguments& arguments, const AccountOptions& options) {
  const std::string email = accounts::normalized_email(arguments.email);
  const auto found =
      read(options, [&](db::Connection& db) { return accounts::find_credentials(db, email); });
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(Errc::not_found, "there is no user " + email);
  return (*found)->user.id;
}

void print_new(const ApiToken& token, const std::string& secret, const AccountOptions& options) {
  if (!options.json) {
    std::cout << secret << "\n";
    std::cerr << "This is token " << token.id << "; it is shown this once.\n";
    return;
  }
  content::JsonWriter json;
  json.begin_object().key("token");
  write_json(json, token);
  json.key("secret").string(secret).end_object();
  std::cout << std::move(json).take() << "\n";
}

Result<void> create_token(const TokenArguments& arguments, const AccountOptions& options) {
  const auto request =
      accounts::api_token_request(arguments.name, arguments.scopes, arguments.days, unix_now());
  if (!request) {
    return fail(Errc::invalid_argument, content::to_sentence(request.error()));
  }
  const auto user = find_user(arguments, options);
  if (!user) return std::unexpected(user.error());
  const std::string secret = std::string(accounts::kApiTokenPrefix) + accounts::new_secret();
  const auto token =
      CommandSender(options.database, options.socket)
          .run(accounts::CreateApiToken{*user, request->name, accounts::secret_hash(secret),
                                        accounts::join_scopes(request->scopes), unix_now(),
                                        request->expires_at});
  if (!token) return std::unexpected(token.error());
  print_new(*token, secret, options);
  return {};
}

std::string day_of(std::optional<std::int64_t> seconds, const char* otherwise) {
  if (!seconds) return otherwise;
  return utc_time(std::chrono::sys_seconds(std::chrono::seconds(*seconds))).substr(0, 10);
}

void print_table(const std::vector<ApiToken>& tokens) {
  std::cout << fmt::format("{:<6}{:<24}{:<12}{:<12}{}\n", "ID", "NAME", "EXPIRES", "LAST USED",
                           "SCOPES");
  for (const auto& token : tokens) {
    std::cout << fmt::format("{:<6}{:<24}{:<12}{:<12}{}\n", token.id, token.name,
                             day_of(token.expires_at, "never"), day_of(token.last_used_at, "never"),
                             token.scopes);
  }
}

Result<void> show_tokens(const TokenArguments& arguments, const AccountOptions& options) {
  const auto user = find_user(arguments, options);
  if (!user) return std::unexpected(user.error());
  const auto tokens =
      read(options, [&](db::Connection& db) { return accounts::list_api_tokens(db, *user); });
  if (!tokens) return std::unexpected(tokens.error());
  if (!options.json) {
    print_table(*tokens);
    return {};
  }
  content::JsonWriter json;
  json.begin_object().key("tokens").begin_array();
  for (const auto& token : *tokens) write_json(json, token);
  json.end_array().end_object();
  std::cout << std::move(json).take() << "\n";
  return {};
}

Result<void> revoke_token(const TokenArguments& arguments, const AccountOptions& options) {
  const auto user = find_user(arguments, options);
  if (!user) return std::unexpected(user.error());
  const auto revoked = CommandSender(options.database, options.socket)
                           .run(accounts::RevokeApiToken{*user, arguments.id});
  if (!revoked) return revoked;
  std::cout << (options.json ? std::string(R"({"ok":true})")
                             : fmt::format("token {} lets nobody in any more", arguments.id))
            << "\n";
  return {};
}

}  // namespace

void add_token_command(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* token = app.add_subcommand("token", "make and revoke users' bearer tokens");
  token->require_subcommand(1);
  const auto options = std::make_shared<AccountOptions>();
  const auto arguments = std::make_shared<TokenArguments>();
  const auto add = [&](const char* name, const char* help, const char* example,
                       Result<void> (*action)(const TokenArguments&, const AccountOptions&)) {
    CLI::App* command = token->add_subcommand(name, help);
    command->footer(std::string("Example:\n  ") + example);
    command->add_option("EMAIL", arguments->email, "whose token it is")->required();
    add_account_action(command, options, chosen, [arguments, action](const AccountOptions& where) {
      return action(*arguments, where);
    });
    return command;
  };

  CLI::App* create =
      add("create", "make a token and print it, this once",
          "coppice token create ada@example.com --name deploy --scope content:write", create_token);
  create->add_option("--name", arguments->name, "what it is for")->required();
  create->add_option("--scope", arguments->scopes, "what it is good for; may be repeated")
      ->required();
  create->add_option("--days", arguments->days, "how long it is good for; 0 for ever (90)");

  add("list", "show a user's tokens", "coppice token list ada@example.com --json", show_tokens);

  add("revoke", "let a token let nobody in", "coppice token revoke ada@example.com 3", revoke_token)
      ->add_option("ID", arguments->id, "as `list` shows it")
      ->required();
}

}  // namespace coppice::app::cli
