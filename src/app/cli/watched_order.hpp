#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "app/cli/admin_client.hpp"
#include "app/cli/progress_line.hpp"

namespace coppice::app::cli {

/// Has the server at @p socket do something long, and tells @p line how far that is, as /v1/work
/// has it. Nobody asks where nobody sees the line. Ctrl-C ends the watching; the server goes on.
///
/// @param timeout  How long the server may take.
/// Errors: those of AdminClient::post(). Blocks.
[[nodiscard]] actors::Result<std::string> post_and_watch(const std::string& socket,
                                                         const std::string& path,
                                                         const AdminClient::Parameters& parameters,
                                                         std::chrono::seconds timeout,
                                                         ProgressLine& line);

/// What /v1/work, whose answer is @p json, says of the request of that id; nothing if it doesn't
/// know it, or hasn't been told anything of it.
[[nodiscard]] std::optional<db::Progress> progress_in(std::string_view json,
                                                      std::string_view request_id);

}  // namespace coppice::app::cli
