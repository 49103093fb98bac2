#include "app/cli/password_input.hpp"

#include <iostream>
#include <termios.h>
#include <unistd.h>

#include "app/accounts/secret.hpp"
#include "app/accounts/user.hpp"

namespace coppice::app::cli {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

constexpr std::size_t kGeneratedBytes = 15;  // 20 characters, 120 bits

/// Turns the terminal's echo off for as long as it lives.
class Silence {
 public:
  Silence() {
    tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }

 private:
  termios before_{};
};

Result<std::string> read_line() {
  std::string line;
  if (!std::getline(std::cin, line)) return fail(Errc::invalid_argument, "no password was given");
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

Result<std::string> ask(const char* question) {
  const Silence silence;
  std::cerr << question << ": " << std::flush;
  auto answer = read_line();
  std::cerr << "\n";
  return answer;
}

Result<std::string> prompt() {
  if (isatty(STDIN_FILENO) == 0) {
    return fail(Errc::invalid_argument,
                "there is no terminal to ask for a password on: give --password-stdin or "
                "--generate-password");
  }
  auto first = ask("Password");
  if (!first) return first;
  const auto second = ask("Once more");
  if (!second) return second;
  if (*first != *second) return fail(Errc::invalid_argument, "the two passwords differ");
  return first;
}

Result<std::string> checked(Result<std::string> password) {
  if (!password) return password;
  accounts::FieldProblems problems;
  accounts::check_password(problems, "password", *password);
  if (problems.empty()) return password;
  return fail(Errc::invalid_argument, content::to_sentence(problems));
}

}  // namespace

Result<std::string> read_password(PasswordSource source) {
  switch (source) {
    case PasswordSource::prompt: return checked(prompt());
    case PasswordSource::standard_input: return checked(read_line());
    case PasswordSource::generated:
      return accounts::base64url(accounts::random_bytes(kGeneratedBytes));
  }
  return fail(Errc::invalid_argument, "no password was given");
}

}  // namespace coppice::app::cli
