#include "app/cli/user_command.hpp"

#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/accounts/user.hpp"
#include "app/cli/account_desk.hpp"
#include "app/cli/account_options.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/password_input.hpp"

namespace coppice::app::cli {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

/// What the commands are told beside where the accounts are.
struct UserArguments {
  std::string email;
  std::string name;
  std::string role = "member";
  bool from_stdin = false;
  bool generate = false;
};

PasswordSource source_of(const UserArguments& arguments) {
  if (arguments.generate) return PasswordSource::generated;
  return arguments.from_stdin ? PasswordSource::standard_input : PasswordSource::prompt;
}

std::string text_at(const boost::json::value& value, std::string_view name) {
  return std::string(value.at(name).as_string());
}

/// @param done  What people are told of the user.
/// @param password  One that was generated, to be shown once.
Result<void> print(const AccountOptions& options, const Result<std::string>& answer,
                   std::string_view done, const std::string& password = {}) {
  if (!answer) return std::unexpected(answer.error());
  const auto text = read_answer(options.socket, *answer, [&](const std::string& json) {
    auto told = boost::json::parse(json);
    if (!options.json) {
      const auto line = fmt::format("{} {}\n", text_at(told.at("user"), "email"), done);
      return password.empty() ? line : line + "password: " + password + "\n";
    }
    if (!password.empty()) told.as_object()["password"] = password;
    return boost::json::serialize(told) + "\n";
  });
  if (!text) return std::unexpected(text.error());
  std::cout << *text;
  return {};
}

Result<void> check_role(const UserArguments& arguments) {
  if (accounts::role_from(arguments.role)) return {};
  return fail(Errc::invalid_argument,
              "\"" + arguments.role + "\" is no role; accepted: admin, editor, member");
}

Result<void> check_email(const UserArguments& arguments) {
  accounts::FieldProblems problems;
  accounts::check_email(problems, accounts::normalized_email(arguments.email));
  if (problems.empty()) return {};
  return fail(Errc::invalid_argument, content::to_sentence(problems));
}

/// What can be known before the password is asked for is said before.
Result<void> add_user(const UserArguments& arguments, const AccountOptions& options) {
  if (auto good = check_email(arguments); !good) return good;
  if (auto good = check_role(arguments); !good) return good;
  const auto password = read_password(source_of(arguments));
  if (!password) return std::unexpected(password.error());
  boost::json::object form{
      {"email", arguments.email}, {"role", arguments.role}, {"password", *password}};
  if (!arguments.name.empty()) form["name"] = arguments.name;
  return print(options, AccountDesk(options).give(admin::kAddUser, std::move(form)),
               "is now " + arguments.role, arguments.generate ? *password : "");
}

Result<void> set_password(const UserArguments& arguments, const AccountOptions& options) {
  const auto password = read_password(source_of(arguments));
  if (!password) return std::unexpected(password.error());
  boost::json::object form{{"email", arguments.email}, {"password", *password}};
  return print(options, AccountDesk(options).give(admin::kSetPassword, std::move(form)),
               "has a new password, is signed out everywhere, and has no bearer tokens any more",
               arguments.generate ? *password : "");
}

Result<void> set_role(const UserArguments& arguments, const AccountOptions& options) {
  boost::json::object form{{"email", arguments.email}, {"role", arguments.role}};
  return print(options, AccountDesk(options).give(admin::kSetRole, std::move(form)),
               "is now " + arguments.role);
}

Result<void> disable(const UserArguments& arguments, const AccountOptions& options) {
  return print(options,
               AccountDesk(options).give(admin::kDisableUser, {{"email", arguments.email}}),
               "is disabled, and signed out everywhere");
}

Result<void> enable(const UserArguments& arguments, const AccountOptions& options) {
  return print(options, AccountDesk(options).give(admin::kEnableUser, {{"email", arguments.email}}),
               "is enabled");
}

std::string render_users(const std::string& json) {
  auto out = fmt::format("{:<6}{:<32}{:<24}{:<8}{}\n", "ID", "EMAIL", "NAME", "ROLE", "STATE");
  const auto answer = boost::json::parse(json);
  for (const auto& user : answer.at("users").as_array()) {
    out += fmt::format("{:<6}{:<32}{:<24}{:<8}{}\n", user.at("id").to_number<std::int64_t>(),
                       text_at(user, "email"), text_at(user, "name"), text_at(user, "role"),
                       user.at("disabled").as_bool() ? "disabled" : "active");
  }
  return out;
}

Result<void> show_users(const UserArguments& /*arguments*/, const AccountOptions& options) {
  return print_result(options, AccountDesk(options).look(admin::kShowUsers), render_users);
}

/// Adds the subcommands. The arguments live as long as what was chosen.
class UserCommands {
 public:
  using Action = Result<void> (*)(const UserArguments&, const AccountOptions&);

  UserCommands(CLI::App& user, std::function<int()>& chosen) : user_(user), chosen_(chosen) {}

  CLI::App* add(const char* name, const char* help, const char* example, Action action) {
    CLI::App* command = user_.add_subcommand(name, help);
    command->footer(std::string("Example:\n  ") + example);
    add_account_action(command, options_, chosen_,
                       [arguments = arguments_, action](const AccountOptions& options) {
                         return action(*arguments, options);
                       });
    return command;
  }

  CLI::App* add_for_one(const char* name, const char* help, const char* example, Action action) {
    CLI::App* command = add(name, help, example, action);
    command->add_option("EMAIL", arguments_->email, "the user's address")->required();
    return command;
  }

  void take_password(CLI::App* command) {
    auto* from_stdin = command->add_flag("--password-stdin", arguments_->from_stdin,
                                         "read the password from standard input");
    command->add_flag("--generate-password", arguments_->generate, "make a password and print it")
        ->excludes(from_stdin);
  }

  [[nodiscard]] UserArguments& arguments() noexcept { return *arguments_; }

 private:
  CLI::App& user_;
  std::function<int()>& chosen_;
  const std::shared_ptr<AccountOptions> options_ = std::make_shared<AccountOptions>();
  const std::shared_ptr<UserArguments> arguments_ = std::make_shared<UserArguments>();
};

}  // namespace

void add_user_command(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* user = app.add_subcommand("user", "add users and say what they may do");
  user->require_subcommand(1);
  UserCommands commands(*user, chosen);

  CLI::App* add = commands.add_for_one("add", "make a user; asks for the password",
                                       "coppice user add ada@example.com --role admin", add_user);
  add->add_option("--name", commands.arguments().name, "what to call them (the address)");
  add->add_option("--role", commands.arguments().role, "admin, editor or member (member)");
  commands.take_password(add);

  commands.add("list", "show the users", "coppice user list --json", show_users);

  commands.take_password(
      commands.add_for_one("passwd", "set a user's password, and end their sessions and tokens",
                           "coppice user passwd ada@example.com", set_password));

  commands
      .add_for_one("role", "say what a user may do", "coppice user role ada@example.com editor",
                   set_role)
      ->add_option("ROLE", commands.arguments().role, "admin, editor or member")
      ->required();

  commands.add_for_one("disable", "let a user in no more", "coppice user disable ada@example.com",
                       disable);
  commands.add_for_one("enable", "let a disabled user in again",
                       "coppice user enable ada@example.com", enable);
}

}  // namespace coppice::app::cli
