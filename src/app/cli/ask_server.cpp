#include "app/cli/ask_server.hpp"

#include <utility>

#include <fmt/format.h>

#include "app/cli/watched_order.hpp"

namespace coppice::app::cli {

std::expected<std::string, Refusal> ask_server(const std::string& socket, const std::string& path,
                                               const AdminClient::Parameters& parameters,
                                               std::chrono::seconds timeout,
                                               const actors::Error& obstacle, ProgressLine& line) {
  auto done = post_and_watch(socket, path, parameters, timeout, line);
  if (done) return *std::move(done);
  // Only of the client's errors does this kind mean that nobody answers: databases and stores can
  // be unavailable, too.
  const bool is_answered = done.error() != actors::Errc::unavailable;
  return std::unexpected(
      Refusal{.error = {done.error().code, fmt::format("{}; asking the server to do it: {}",
                                                       obstacle.context, done.error().context)},
              .code = is_answered ? ExitCode::failure : ExitCode::unavailable});
}

}  // namespace coppice::app::cli
