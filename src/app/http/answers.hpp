#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/use_awaitable.hpp>

#include "actors/result.hpp"
#include "actors/time.hpp"
#include "app/http/api.hpp"
#include "app/log_limit.hpp"
#include "net/http/handler.hpp"
#include "net/http/request.hpp"
#include "net/http/response.hpp"
#include "net/io.hpp"

/// What the handlers of the API have in common.
namespace coppice::app::http {

using Context = std::shared_ptr<const ApiContext>;

inline constexpr auto kReadTimeout = std::chrono::seconds(5);
inline constexpr auto kWriteTimeout = std::chrono::seconds(10);
inline constexpr boost::asio::use_awaitable_t<net::Executor> kAwait{};

/// Tells the log why a request failed, as often as the log bears. Thread: a shard's.
void report_failure(LogLimit& failure_log, const net::http::Request& request,
                    const actors::Error& error);
void report_failure(const ApiContext& context, const net::http::Request& request,
                    const actors::Error& error);

/// The answer to a well-formed request that got no result: the log is told why, the client is not.
[[nodiscard]] net::http::Response failed(LogLimit& failure_log, const net::http::Request& request,
                                         const actors::Error& error);
[[nodiscard]] net::http::Response failed(const ApiContext& context,
                                         const net::http::Request& request,
                                         const actors::Error& error);

/// The value of `retry-after`: whole seconds, at least one.
[[nodiscard]] std::string retry_after(actors::Duration wait);

/// JSON text, or failed().
[[nodiscard]] net::http::Response json_or_failed(const ApiContext& context,
                                                 const net::http::Request& request,
                                                 actors::Result<std::string> json);

/// 422 with `{"errors":{"title":["can't be blank"]}}`. @param fields  The object, as JSON.
[[nodiscard]] net::http::Response invalid_fields(std::string_view fields);

/// `"1765357200123456.42"`
[[nodiscard]] std::string quoted_etag(std::string_view etag);

/// Whether a header of entity tags, as `if-none-match`, has this one, which is without quotes.
/// False without such a header.
[[nodiscard]] bool names_etag(const net::http::Request& request, std::string_view header,
                              std::string_view etag);

/// Whether a write of a record with that tag, without quotes, may be done: as If-Match and
/// If-None-Match of RFC 9110 say. True without them.
[[nodiscard]] bool may_write(const net::http::Request& request, std::string_view etag);

/// A handler that is told what the API works with.
[[nodiscard]] net::http::Handler with(
    Context context, net::Awaitable<net::http::Response> (*handle)(Context, net::http::RequestPtr));

}  // namespace coppice::app::http
