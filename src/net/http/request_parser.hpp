#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "net/http/limits.hpp"
#include "net/http/request.hpp"
#include "net/http/status.hpp"

namespace coppice::net::http {

/// Turns bytes into requests, one after the other, by the strict rules of RFC 9112: what
/// intermediaries might read in two ways (both lengths, repeated lengths, bare LF, folded lines, a
/// space before the colon) is refused.
///
/// It holds no bytes of its own but the request's: the caller presents what has been received and
/// not consumed yet, always from its first byte.
class RequestParser {
 public:
  enum class Progress {
    need_more,  ///< Call again when more bytes have arrived.
    head,       ///< The head is there, its body is not; call again. Once per request.
    complete,   ///< take() the request, or reuse() it.
    refused,    ///< Answer refusal() and close; the parser is of no further use.
  };
  struct Step {
    Progress progress;
    std::size_t consumed;  ///< Bytes at the front of the input that are done with.
  };
  struct Refusal {
    Status status;
    std::string_view why;  ///< Static text.
  };

  explicit RequestParser(const Limits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  [[nodiscard]] Step advance(std::string_view input);

  /// The request whose head is there, or as much of it as came before a fault. The parser adds the
  /// body to it. @pre head, complete or refused was reached.
  [[nodiscard]] const std::shared_ptr<Request>& request() const noexcept;

  /// How large a chunked body may get; without this, anything. What is declared is for the caller
  /// to check: see Request::content_length. @pre head was reached.
  void limit_body(std::size_t most) noexcept;

  /// Whether the client waits for "100 Continue" before it sends the body.
  [[nodiscard]] bool expects_continue() const noexcept;

  /// Hands the request out and starts the next one. @pre complete was reached.
  [[nodiscard]] std::shared_ptr<Request> take();

  /// Starts the next one in the same object, which nobody else may hold: so it costs no memory.
  /// @pre complete was reached.
  void reuse();

  /// Gives the request up for a reason of the caller's. advance() then says refused.
  void give_up(Refusal refusal);

  /// @pre refused was reached.
  [[nodiscard]] Refusal refusal() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coppice::net::http
