#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "actors/result.hpp"

namespace coppice::supervisor::port {

/// What to run, and with what around it.
struct Command {
  /// The program and its arguments. A program without a slash is looked up in our PATH; one with a
  /// slash that is not absolute counts from our working folder, not from `folder`.
  std::vector<std::string> argv{};
  /// "NAME=value"; wins over what is inherited.
  std::vector<std::string> environment{};
  /// Whether the process gets our own environment too. What is secret in it it should not.
  bool inherits_environment = true;
  /// Where it runs; empty for our working folder.
  std::filesystem::path folder{};

  /// The program's name for people, without its folder: "nats-server".
  [[nodiscard]] std::string name() const;
};

/// The program's absolute path. Errors: invalid_argument without a program; not_found if it is not
/// in PATH. Whether it can be executed shows when it is.
[[nodiscard]] actors::Result<std::filesystem::path> find_program(const Command& command);

/// The whole environment of the process. Errors: invalid_argument for what is not "NAME=value".
[[nodiscard]] actors::Result<std::vector<std::string>> environment_of(const Command& command);

}  // namespace coppice::supervisor::port
