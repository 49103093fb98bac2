#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "net/http/request_parser.hpp"

namespace coppice::net::http {

/// Finds the end of a request's head while it arrives, and refuses early what can never become one.
///
/// It exists beside the parser because that accepts folded lines, and waits for more input where
/// an answer can be given at once.
class HeadScanner {
 public:
  explicit HeadScanner(const Limits& limits) : limits_(limits) {}

  /// The size of the head with its empty line, once that is there.
  /// @param input  What has been received of the request, from its first byte.
  [[nodiscard]] std::optional<std::size_t> scan(std::string_view input);

  /// Why the head is refused, if it is.
  [[nodiscard]] const std::optional<RequestParser::Refusal>& refusal() const noexcept {
    return refusal_;
  }

  void reset() noexcept;

 private:
  [[nodiscard]] bool is_beyond_limits(std::size_t feed) const noexcept;
  void check_line(std::string_view line);
  void check_sizes(std::string_view input);
  void refuse(Status status, std::string_view why) { refusal_ = {status, why}; }

  const Limits& limits_;
  std::size_t line_start_ = 0;
  std::size_t scanned_ = 0;
  std::optional<RequestParser::Refusal> refusal_;
};

}  // namespace coppice::net::http
