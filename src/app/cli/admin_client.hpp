#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/result.hpp"

namespace coppice::app::cli {

/// Talks to a running server over its admin socket. Before anything is sent, whoever listens there
/// must be one who may_be_the_server().
///
/// Thread: one; blocks.
class AdminClient {
 public:
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  explicit AdminClient(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  /// The body of a good answer.
  ///
  /// Errors: unavailable (no server, no permission, a stranger listens: the context says which, and
  /// what to do); malformed (it was refused in a way that can't be read); otherwise what the server
  /// said: invalid_argument, forbidden, not_found, conflict, or internal for all others.
  [[nodiscard]] actors::Result<std::string> get(const std::string& path,
                                                const Parameters& parameters = {}) const;
  /// @param timeout  How long the server may take.
  /// @param request_id  By which the server is to know it, as in its log; empty: it chooses one.
  [[nodiscard]] actors::Result<std::string> post(const std::string& path,
                                                 const Parameters& parameters = {},
                                                 std::chrono::seconds timeout = kTimeout,
                                                 const std::string& request_id = {}) const;
  /// The same with a body of JSON: for what is not to stand in a path, as a password.
  [[nodiscard]] actors::Result<std::string> post_json(
      const std::string& path, const Parameters& parameters, const std::string& json,
      std::chrono::seconds timeout = kTimeout) const;

  /// Takes a line without its end, as soon as it is there; false for enough. The last one may lack
  /// its end.
  using OnLine = std::function<bool(std::string_view line)>;

  /// Reads an answer that may go on for ever, until the server or @p on_line ends it.
  /// Errors: as of get(); also when the server goes away before the answer's end.
  [[nodiscard]] actors::Result<void> stream(const char* method, const std::string& path,
                                            const Parameters& parameters, OnLine on_line) const;

 private:
  static constexpr std::chrono::seconds kTimeout{60};

  [[nodiscard]] actors::Result<std::string> request(const char* method, const std::string& path,
                                                    const Parameters& parameters,
                                                    std::chrono::seconds timeout,
                                                    const std::string& json = {},
                                                    const std::string& request_id = {}) const;

  std::string socket_path_;
};

}  // namespace coppice::app::cli
