#pragma once

#include <array>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::app::cli {

/// Exit codes, as docs/admin.md lists them.
enum ExitCode : int {
  success = 0,
  failure = 1,      ///< it was tried and did not work
  usage = 2,        ///< the command line or the environment is wrong
  unavailable = 3,  ///< no server answers
  // Of `coppice backup verify` and `restore`, each of which wants something else done.
  damaged = 4,
  no_room = 5,
  no_backup = 6,
};

/// An exit code in words, for help and the manual page.
struct ExitMeaning {
  ExitCode code;
  std::string_view meaning;
};

inline constexpr std::array<ExitMeaning, 7> kExitMeanings{
    {{success, "done"},
     {failure, "it failed or was refused, or the server's answer was not understood"},
     {usage, "the command line or the environment is wrong"},
     {unavailable, "no server answers"},
     {damaged, "backup verify, backup restore: the backup is damaged, or the file is none"},
     {no_room, "backup verify, backup restore: the disk has not enough room"},
     {no_backup, "backup verify, backup restore: there is no such backup"}}};

/// The exit code for why a backup could not be verified or restored.
[[nodiscard]] int exit_code_of_backup(const actors::Error& error) noexcept;

/// Says on standard error why a command failed: the error's context, or its kind where it has none.
/// Returns ExitCode::failure.
int report(const actors::Error& error);

/// The same of a command that asks a running server: ExitCode::unavailable if none answered.
int report_answer(const actors::Error& error);

}  // namespace coppice::app::cli
