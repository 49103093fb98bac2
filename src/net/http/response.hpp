#pragma once

#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "net/http/body.hpp"
#include "net/http/headers.hpp"
#include "net/http/status.hpp"

namespace coppice::net::http {

/// An answer. `content-length`, `transfer-encoding`, `date` and `connection` are the server's to
/// add.
struct Response {
  Status status = Status::ok;
  Headers headers;
  Body body;

  /// @p body is finished JSON text.
  [[nodiscard]] static Response json(Status status, Body body);
  [[nodiscard]] static Response text(Status status, Body body);
  [[nodiscard]] static Response empty(Status status);
  [[nodiscard]] static Response of(Status status, std::string_view content_type, Body body);

  /// `{"errors":{"detail":"Not Found"}}`, as Phoenix has it.
  [[nodiscard]] static Response error(Status status);
  [[nodiscard]] static Response error(Status status, std::string_view detail);

  /// The status that belongs to the code (see status_of), with `retry-after` where it helps. Tells
  /// the client the context only if the client caused the failure.
  [[nodiscard]] static Response error(const actors::Error& error);

  /// For a failure of our own, whatever its code says: a request that was well-formed did not get
  /// its answer. 500, or the status of 5xx that belongs to the code; never the context.
  [[nodiscard]] static Response server_error(const actors::Error& error);
};

/// What the connection decides about a response, rather than the handler.
struct Framing {
  bool head_request = false;  ///< Headers as for GET, but no body.
  bool keep_alive = true;
  bool http_1_0 = false;
};

/// Whether a response of that status can have a body at all.
[[nodiscard]] bool may_have_body(Status status) noexcept;

/// Appends the response's head: everything up to the body.
void append_head(std::string& out, const Response& response, const Framing& framing);

/// Appends the response's bytes. @pre Its body is in memory.
void append_response(std::string& out, const Response& response, const Framing& framing);

}  // namespace coppice::net::http
