#include "supervisor/port/command.hpp"

#include <algorithm>
#include <cstdlib>
#include <ranges>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace coppice::supervisor::port {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

constexpr std::string_view kUsualPath = "/usr/local/bin:/usr/bin:/bin";

bool is_executable_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

bool is_variable(std::string_view text) {
  const auto equals = text.find('=');
  return equals != std::string_view::npos && equals > 0;
}

}  // namespace

std::string Command::name() const {
  return argv.empty() ? std::string("no program")
                      : std::filesystem::path(argv.front()).filename().string();
}

Result<std::filesystem::path> find_program(const Command& command) {
  if (command.argv.empty() || command.argv.front().empty()) {
    return fail(Errc::invalid_argument, "no program is named");
  }
  const std::string& program = command.argv.front();
  if (program.contains('/')) return std::filesystem::absolute(program);
  const char* path = std::getenv("PATH");
  const std::string_view folders = path != nullptr ? path : kUsualPath;
  for (const auto folder : std::views::split(folders, ':')) {
    if (folder.empty()) continue;
    auto candidate = std::filesystem::path(std::string_view(folder)) / program;
    if (is_executable_file(candidate)) return std::filesystem::absolute(candidate);
  }
  return fail(Errc::not_found, fmt::format("{} is not in PATH", program));
}

Result<std::vector<std::string>> environment_of(const Command& command) {
  const auto odd = std::ranges::find_if_not(command.environment, is_variable);
  if (odd != command.environment.end()) {
    // Without its text, which may be a secret with its name forgotten.
    return fail(Errc::invalid_argument, "a variable of the environment is not NAME=value");
  }
  std::vector<std::string> all = command.environment;
  if (!command.inherits_environment) return all;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view name = name_of(*each);
    const auto is_same = [name](const std::string& given) { return name_of(given) == name; };
    if (std::ranges::none_of(command.environment, is_same)) all.emplace_back(*each);
  }
  return all;
}

}  // namespace coppice::supervisor::port
