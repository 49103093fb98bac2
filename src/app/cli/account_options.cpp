#include "app/cli/account_options.hpp"

#include <iostream>
#include <utility>

#include <CLI/CLI.hpp>

#include "app/cli/answer.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/fill_in_socket.hpp"
#include "app/config.hpp"

namespace coppice::app::cli {
namespace {

using actors::Errc;

int exit_code_of(const actors::Error& error) {
  switch (error.code) {
    case Errc::unavailable: return ExitCode::unavailable;
    case Errc::invalid_argument: return ExitCode::usage;
    default: return ExitCode::failure;
  }
}

int run(AccountOptions options,
        const std::function<actors::Result<void>(const AccountOptions&)>& action) {
  if (options.database.empty()) options.database = database_path(lookup_environment);
  if (options.database.empty()) {
    std::cerr << "coppice: no database: set DATABASE_PATH or give --database\n";
    return ExitCode::usage;
  }
  fill_in_socket(options);
  const auto done = action(options);
  if (done) return ExitCode::success;
  std::cerr << "coppice: " << done.error().context << "\n";
  return exit_code_of(done.error());
}

}  // namespace

void add_account_action(CLI::App* command, const std::shared_ptr<AccountOptions>& options,
                        std::function<int()>& chosen,
                        std::function<actors::Result<void>(const AccountOptions&)> action) {
  command->add_option("--database", options->database, "the database file (DATABASE_PATH)");
  command->add_option("--socket", options->socket,
                      "the server's admin socket (ADMIN_SOCKET, or beside the database)");
  command->add_flag("--json", options->json, "print the result as JSON");
  command->callback([&chosen, options, action = std::move(action)] {
    chosen = [options, action] { return run(*options, action); };
  });
}

actors::Result<void> print_result(const AccountOptions& options,
                                  const actors::Result<std::string>& answer,
                                  const std::function<std::string(const std::string&)>& render) {
  if (!answer) return std::unexpected(answer.error());
  if (options.json && !is_json_object(*answer)) {
    return std::unexpected(not_understood(options.socket));
  }
  const auto text = options.json ? *answer + "\n" : read_answer(options.socket, *answer, render);
  if (!text) return std::unexpected(text.error());
  std::cout << *text;
  return {};
}

}  // namespace coppice::app::cli
