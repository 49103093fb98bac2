#pragma once

#include <chrono>
#include <expected>
#include <string>

#include "actors/result.hpp"
#include "app/cli/admin_client.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/progress_line.hpp"

namespace coppice::app::cli {

/// Why something was not done, and the exit code for it.
struct Refusal {
  actors::Error error;
  int code = ExitCode::failure;
};

/// Has the server at @p socket do what this process can't, since another one has the database.
/// Returns the server's answer, or a refusal that says @p obstacle as well, with
/// ExitCode::unavailable if no server answers. Blocks.
///
/// @param obstacle  Why it can't be done here.
/// @param timeout  How long the server may take.
/// @param line  Is told how far the server is; see post_and_watch().
[[nodiscard]] std::expected<std::string, Refusal> ask_server(
    const std::string& socket, const std::string& path, const AdminClient::Parameters& parameters,
    std::chrono::seconds timeout, const actors::Error& obstacle, ProgressLine& line);

}  // namespace coppice::app::cli
