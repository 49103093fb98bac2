#pragma once

#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "net/http/headers.hpp"
#include "net/http/status.hpp"

namespace coppice::net::http {

/// An answer. `content-length`, `date` and `connection` are the server's to add.
struct Response {
  Status status = Status::ok;
  Headers headers;
  std::string body;

  /// @p body is finished JSON text.
  [[nodiscard]] static Response json(Status status, std::string body);
  [[nodiscard]] static Response text(Status status, std::string body);
  [[nodiscard]] static Response empty(Status status);

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

/// Appends the response's bytes.
void append_response(std::string& out, const Response& response, const Framing& framing);

}  // namespace coppice::net::http
