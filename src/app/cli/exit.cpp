#include "app/cli/exit.hpp"

#include <iostream>

namespace coppice::app::cli {

int report(const actors::Error& error) {
  std::cerr << "coppice: " << (error.context.empty() ? error.message() : error.context) << "\n";
  return error.code == actors::Errc::unavailable ? ExitCode::unavailable : ExitCode::failure;
}

}  // namespace coppice::app::cli
