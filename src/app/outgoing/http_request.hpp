#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "actors/result.hpp"

/// Requests to other people's services.
namespace coppice::app::outgoing {

struct HttpRequest {
  std::string method = "GET";
  std::string url;                     ///< http or https
  std::vector<std::string> headers{};  ///< "accept: application/json"
  std::string body{};
  std::string user{};  ///< With `password`, for basic authentication; empty for none.
  std::string password{};
  std::chrono::seconds timeout{20};
  std::size_t most_bytes = std::size_t{1} << 20U;  ///< Of the answer's body.
  std::string wanted_header{};                     ///< One more that the answer may have.
  /// Whether a server of this machine is asked: through no proxy, and whomever its certificate
  /// names.
  bool to_this_machine = false;
};

struct HttpResponse {
  long status = 0;
  std::string body;
  std::string retry_after;      ///< That header, or empty.
  std::string wanted_header{};  ///< The one that was asked for, or empty.
};

/// Sends a request and waits for the answer, whatever its status. Redirects are not followed.
///
/// Errors: unavailable when there is no answer; too_large; cancelled when @p stop was requested.
/// Thread: any that may be blocked.
[[nodiscard]] actors::Result<HttpResponse> send(const HttpRequest& request,
                                                const std::stop_token& stop);

/// As long as it lives, what this thread sends has these header lines as well: for what belongs to
/// whatever is being done, as the trace that it is part of; docs/tracing.md says who is told of it.
/// One at a time. Thread: one.
class HeadersForAll {
 public:
  explicit HeadersForAll(std::vector<std::string> lines);
  HeadersForAll(const HeadersForAll&) = delete;
  HeadersForAll& operator=(const HeadersForAll&) = delete;
  ~HeadersForAll();

 private:
  const std::vector<std::string> lines_;
};

/// `name=value&…`, encoded as a form is.
[[nodiscard]] std::string form_encode(
    const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace coppice::app::outgoing
