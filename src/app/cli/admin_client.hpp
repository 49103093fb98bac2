#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "actors/result.hpp"

namespace coppice::app::cli {

/// Talks to a running server over its admin socket.
///
/// Thread: one; blocks.
class AdminClient {
 public:
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  explicit AdminClient(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  /// The body of a good answer.
  ///
  /// Errors: unavailable (no server, no permission: the context says which, and what to do);
  /// otherwise what the server said.
  [[nodiscard]] actors::Result<std::string> get(const std::string& path,
                                                const Parameters& parameters = {}) const;
  /// @param timeout  How long the server may take.
  [[nodiscard]] actors::Result<std::string> post(const std::string& path,
                                                 const Parameters& parameters = {},
                                                 std::chrono::seconds timeout = kTimeout) const;

 private:
  static constexpr std::chrono::seconds kTimeout{60};

  [[nodiscard]] actors::Result<std::string> request(const char* method, const std::string& path,
                                                    const Parameters& parameters,
                                                    std::chrono::seconds timeout) const;

  std::string socket_path_;
};

}  // namespace coppice::app::cli
