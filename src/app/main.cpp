#include <cstdio>
#include <exception>

#include "app/cli/commands.hpp"
#include "app/cli/exit.hpp"

int main(int argc, char** argv) {
  try {
    return coppice::app::cli::run(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "coppice: %s\n", failure.what());
    return coppice::app::cli::ExitCode::failure;
  }
}
