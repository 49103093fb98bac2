#include "app/cli/exit.hpp"

#include <iostream>

namespace coppice::app::cli {

int exit_code_of_backup(const actors::Error& error) noexcept {
  using actors::Errc;
  if (error == Errc::corrupt) return ExitCode::damaged;
  if (error == Errc::disk_full) return ExitCode::no_room;
  if (error == Errc::not_found) return ExitCode::no_backup;
  return ExitCode::failure;
}

int report(const actors::Error& error) {
  std::cerr << "coppice: " << (error.context.empty() ? error.message() : error.context) << "\n";
  return ExitCode::failure;
}

int report_answer(const actors::Error& error) {
  const int code = report(error);
  return error.code == actors::Errc::unavailable ? ExitCode::unavailable : code;
}

}  // namespace coppice::app::cli
