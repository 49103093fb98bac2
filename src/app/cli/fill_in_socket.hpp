#pragma once

#include "app/config.hpp"

namespace coppice::app::cli {

/// A command that is told which database, and not which socket, has it looked after by the server
/// of that one.
template <class DatabaseOptions>
void fill_in_socket(DatabaseOptions& options) {
  if (!options.socket.empty()) return;
  options.socket = admin_socket_path(lookup_environment, options.database);
}

}  // namespace coppice::app::cli
