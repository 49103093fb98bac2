#include "app/cli/token_command.hpp"

#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "app/accounts/api_token_request.hpp"
#include "app/cli/account_desk.hpp"
#include "app/cli/account_options.hpp"

namespace coppice::app::cli {
namespace {

using actors::Result;

struct TokenArguments {
  std::string email;
  std::string name;
  std::vector<std::string> scopes;
  std::int64_t days = accounts::kDefaultTokenDays;
  std::int64_t id = 0;
};

Result<void> create_token(const TokenArguments& arguments, const AccountOptions& options) {
  boost::json::object form{
      {"email", arguments.email},
      {"name", arguments.name},
      {"scopes", boost::json::array(arguments.scopes.begin(), arguments.scopes.end())},
      {"days", arguments.days}};
  const auto answer = AccountDesk(options).give(admin::kCreateToken, std::move(form));
  return print_result(options, answer, [](const std::string& json) {
    const auto told = boost::json::parse(json);
    std::cerr << "This is token " << told.at("token").at("id").to_number<std::int64_t>()
              << "; it is shown this once.\n";
    return std::string(told.at("secret").as_string()) + "\n";
  });
}

std::string day_of(const boost::json::value& time, const char* otherwise) {
  return time.is_null() ? otherwise : std::string(time.as_string()).substr(0, 10);
}

std::string scopes_of(const boost::json::value& token) {
  std::string out;
  for (const auto& scope : token.at("scopes").as_array()) {
    out.append(out.empty() ? "" : " ").append(std::string(scope.as_string()));
  }
  return out;
}

std::string render_tokens(const std::string& json) {
  auto out =
      fmt::format("{:<6}{:<24}{:<12}{:<12}{}\n", "ID", "NAME", "EXPIRES", "LAST USED", "SCOPES");
  const auto answer = boost::json::parse(json);
  for (const auto& token : answer.at("tokens").as_array()) {
    out += fmt::format("{:<6}{:<24}{:<12}{:<12}{}\n", token.at("id").to_number<std::int64_t>(),
                       std::string(token.at("name").as_string()),
                       day_of(token.at("expires_at"), "never"),
                       day_of(token.at("last_used_at"), "never"), scopes_of(token));
  }
  return out;
}

Result<void> show_tokens(const TokenArguments& arguments, const AccountOptions& options) {
  return print_result(options, AccountDesk(options).look(admin::kShowTokens, arguments.email),
                      render_tokens);
}

Result<void> revoke_token(const TokenArguments& arguments, const AccountOptions& options) {
  const auto answer = AccountDesk(options).give(admin::kRevokeToken,
                                                {{"email", arguments.email}, {"id", arguments.id}});
  return print_result(options, answer, [id = arguments.id](const std::string& /*json*/) {
    return fmt::format("token {} lets nobody in any more\n", id);
  });
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
