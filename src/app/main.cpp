#include "app/cli/commands.hpp"

int main(int argc, char** argv) { return coppice::app::cli::run(argc, argv); }
