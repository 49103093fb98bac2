#include "app/cli/exit.hpp"

#include <iostream>

namespace coppice::app::cli {

int report(const actors::Error& error) {
  std::cerr << "coppice: " << (error.context.empty() ? error.message() : error.context) << "\n";
  return ExitCode::failure;
}

int report_answer(const actors::Error& error) {
  const int code = report(error);
  return error.code == actors::Errc::unavailable ? ExitCode::unavailable : code;
}

}  // namespace coppice::app::cli
