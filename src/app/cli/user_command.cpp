#include "app/cli/user_command.hpp"

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/accounts/account_json.hpp"
#include "app/accounts/password_hash.hpp"
#include "app/accounts/user_commands.hpp"
#include "app/cli/account_options.hpp"
#include "app/cli/command_sender.hpp"
#include "app/cli/password_input.hpp"

namespace coppice::app::cli {
namespace {

using accounts::User;
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

/// @param password  One that was generated, to be shown once.
void print(const User& user, const char* done, const AccountOptions& options,
           const std::string& password = {}) {
  if (!options.json) {
    std::cout << fmt::format("{} {}\n", user.email, done);
    if (!password.empty()) std::cout << "password: " << password << "\n";
    return;
  }
  content::JsonWriter json;
  json.begin_object().key("user");
  write_json(json, user);
  if (!password.empty()) json.key("password").string(password);
  json.end_object();
  std::cout << std::move(json).take() << "\n";
}

Result<accounts::Role> role_of(const UserArguments& arguments) {
  if (const auto role = accounts::role_from(arguments.role)) return *role;
  return fail(Errc::invalid_argument,
              "\"" + arguments.role + "\" is no role; accepted: admin, editor, member");
}

Result<void> check(const std::string& email, const std::string& name) {
  accounts::FieldProblems problems;
  accounts::check_email(problems, email);
  accounts::check_name(problems, name);
  if (problems.empty()) return {};
  return fail(Errc::invalid_argument, content::to_sentence(problems));
}

Result<void> add_user(const UserArguments& arguments, const AccountOptions& options) {
  const std::string email = accounts::normalized_email(arguments.email);
  const std::string name =
      arguments.name.empty() ? email.substr(0, email.find('@')) : arguments.name;
  if (auto valid = check(email, name); !valid) return valid;
  const auto role = role_of(arguments);
  if (!role) return std::unexpected(role.error());
  const auto password = read_password(source_of(arguments));
  if (!password) return std::unexpected(password.error());
  auto hash = accounts::PasswordHasher().hash(*password);
  if (!hash) return std::unexpected(hash.error());
  const auto user = CommandSender(options.database, options.socket)
                        .run(accounts::CreateUser{email, name, *role, std::move(*hash)});
  if (!user) return std::unexpected(user.error());
  const std::string done = "is now " + arguments.role;
  print(*user, done.c_str(), options, arguments.generate ? *password : "");
  return {};
}

Result<User> find(const std::string& email, const AccountOptions& options) {
  auto reader = db::Connection::open({.path = options.database, .read_only = true});
  if (!reader) return std::unexpected(reader.error());
  auto found = accounts::find_credentials(*reader, accounts::normalized_email(email));
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(Errc::not_found, "there is no user " + email);
  return std::move((*found)->user);
}

Result<void> set_password(const UserArguments& arguments, const AccountOptions& options) {
  const auto user = find(arguments.email, options);
  if (!user) return std::unexpected(user.error());
  const auto password = read_password(source_of(arguments));
  if (!password) return std::unexpected(password.error());
  auto hash = accounts::PasswordHasher().hash(*password);
  if (!hash) return std::unexpected(hash.error());
  const auto set = CommandSender(options.database, options.socket)
                       .run(accounts::SetPassword{user->id, std::move(*hash), {}});
  if (!set) return set;
  print(*user, "has a new password, and is signed out everywhere", options,
        arguments.generate ? *password : "");
  return {};
}

Result<void> set_role(const UserArguments& arguments, const AccountOptions& options) {
  const auto role = role_of(arguments);
  if (!role) return std::unexpected(role.error());
  const auto user = CommandSender(options.database, options.socket)
                        .run(accounts::SetRole{accounts::normalized_email(arguments.email), *role});
  if (!user) return std::unexpected(user.error());
  const std::string done = "is now " + arguments.role;
  print(*user, done.c_str(), options);
  return {};
}

Result<void> set_disabled(const UserArguments& arguments, const AccountOptions& options,
                          bool disabled) {
  const auto user =
      CommandSender(options.database, options.socket)
          .run(accounts::SetDisabled{accounts::normalized_email(arguments.email), disabled});
  if (!user) return std::unexpected(user.error());
  print(*user, disabled ? "is disabled, and signed out everywhere" : "is enabled", options);
  return {};
}

void print_table(const std::vector<User>& users) {
  std::cout << fmt::format("{:<6}{:<32}{:<24}{:<8}{}\n", "ID", "EMAIL", "NAME", "ROLE", "STATE");
  for (const auto& user : users) {
    std::cout << fmt::format("{:<6}{:<32}{:<24}{:<8}{}\n", user.id, user.email, user.name,
                             to_string(user.role), user.disabled ? "disabled" : "active");
  }
}

Result<void> show_users(const AccountOptions& options) {
  auto reader = db::Connection::open({.path = options.database, .read_only = true});
  if (!reader) return std::unexpected(reader.error());
  const auto users = accounts::list_users(*reader);
  if (!users) return std::unexpected(users.error());
  if (!options.json) {
    print_table(*users);
    return {};
  }
  content::JsonWriter json;
  json.begin_object().key("users").begin_array();
  for (const auto& user : *users) write_json(json, user);
  json.end_array().end_object();
  std::cout << std::move(json).take() << "\n";
  return {};
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

  commands.add("list", "show the users", "coppice user list --json",
               [](const UserArguments& /*arguments*/, const AccountOptions& options) {
                 return show_users(options);
               });

  commands.take_password(commands.add_for_one("passwd",
                                              "set a user's password, and end their sessions",
                                              "coppice user passwd ada@example.com", set_password));

  commands
      .add_for_one("role", "say what a user may do", "coppice user role ada@example.com editor",
                   set_role)
      ->add_option("ROLE", commands.arguments().role, "admin, editor or member")
      ->required();

  commands.add_for_one("disable", "let a user in no more", "coppice user disable ada@example.com",
                       [](const UserArguments& arguments, const AccountOptions& options) {
                         return set_disabled(arguments, options, true);
                       });
  commands.add_for_one("enable", "let a disabled user in again",
                       "coppice user enable ada@example.com",
                       [](const UserArguments& arguments, const AccountOptions& options) {
                         return set_disabled(arguments, options, false);
                       });
}

}  // namespace coppice::app::cli
