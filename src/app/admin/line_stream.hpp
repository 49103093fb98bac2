#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/time.hpp"
#include "app/line_queue.hpp"
#include "net/http/response.hpp"

namespace coppice::app::admin {

struct LineStreamOptions {
  /// An empty line is sent when there was nothing else for so long, since it is by writing that
  /// one finds out that a client has gone.
  actors::Duration heartbeat = std::chrono::seconds(2);
  std::optional<actors::Duration> life{};  ///< Nothing: until the client or the server ends it.
  std::shared_ptr<void> keep{};            ///< Lives as long as the stream.
  /// Takes lines as they come and returns what is sent for them. Empty: they are sent as they come.
  /// Thread: the connection's.
  std::function<std::string(const std::string& lines)> rewrite{};
};

/// An answer that goes on for as long as its client wants it: newline-delimited JSON, of what comes
/// to @p queue. Where a slow client has missed something, a line says how much: `{"missed":12}`.
[[nodiscard]] net::http::Response line_stream(std::shared_ptr<LineQueue> queue,
                                              LineStreamOptions options = {});

/// The same type of answer, whole at once.
[[nodiscard]] net::http::Response lines_answer(std::string lines);

inline constexpr const char* kLinesType = "application/x-ndjson";

}  // namespace coppice::app::admin
