#include "app/http/read_your_writes.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "app/http/answers.hpp"
#include "app/http/query_parameters.hpp"
#include "db/run_task.hpp"
#include "net/http/cookie.hpp"

namespace coppice::app::http {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using db::Arrival;
using db::Database;
using db::Position;
using net::Awaitable;
using net::http::Method;
using net::http::Request;
using net::http::Response;
using net::http::Status;
using Answer = std::optional<Response>;

constexpr auto kGrace = std::chrono::milliseconds(100);
// No replica that works is that far behind.
constexpr auto kCookieLasts = std::chrono::minutes(5);

/// How a request with a position was answered.
struct Reading {
  std::string_view outcome;
  std::string_view varies_by;  ///< The header that had the position.
  Position owed{};             ///< What the client has to be shown from here on.
};

struct Wanted {
  Position position;
  std::string_view given_by;  ///< The request's header.
};

Result<std::optional<Wanted>> parse(std::string_view what, std::string_view text,
                                    std::string_view given_by) {
  const auto position = db::parse_position(text);
  if (position) return Wanted{*position, given_by};
  return fail(Errc::invalid_argument,
              std::string(what) + " must be a position such as 1765357200.42");
}

Result<std::optional<Wanted>> wanted_by(const Request& request, bool by_parameter) {
  if (const auto header = request.header(kPositionHeader)) {
    return parse("header coppice-position", *header, kPositionHeader);
  }
  if (by_parameter) {
    const auto parameter = QueryParameters(request).text("position");
    if (!parameter) return std::unexpected(parameter.error());
    if (!parameter->empty()) return parse("parameter position", *parameter, {});
  }
  if (const auto cookie = net::http::cookie(request, kPositionCookie)) {
    const auto wanted = parse({}, *cookie, "cookie");
    if (wanted) return *wanted;
  }
  return std::nullopt;
}

constexpr std::string_view kSuperseded = "superseded";

std::string_view outcome_of(Arrival arrival) noexcept {
  switch (arrival) {
    case Arrival::here: return "current";
    case Arrival::arrived: return "waited";
    case Arrival::superseded: return kSuperseded;
    case Arrival::missing: break;
  }
  return "behind";
}

bool only_reads(Method method) noexcept { return method == Method::get || method == Method::head; }

class ReadYourWrites {
 public:
  ReadYourWrites(Positions positions, ReadYourWritesOptions options)
      : positions_(std::move(positions)), options_(std::move(options)) {}

  static Awaitable<Answer> await_position(std::shared_ptr<const ReadYourWrites> self,
                                          std::shared_ptr<Request> request) {
    if (!self->waits(*request)) co_return std::nullopt;
    const auto wanted = wanted_by(*request, self->options_.for_sockets);
    if (!wanted) co_return Response::error(wanted.error());
    if (!*wanted) co_return std::nullopt;
    const auto position = (*wanted)->position;
    const auto arrival = co_await self->positions_.wait(position);
    const auto& ask_primary = self->options_.ask_primary;
    if (arrival == Arrival::missing && ask_primary && only_reads(request->method)) {
      auto answer = co_await ask_primary(request, position);
      if (answer) {
        const bool is_lost = answer->arrival == Arrival::superseded;
        request->assigns.set(reading(is_lost ? kSuperseded : "forwarded", **wanted));
        co_return std::move(answer->response);
      }
    }
    request->assigns.set(reading(outcome_of(arrival), **wanted));
    co_return std::nullopt;
  }

  void mark(const Request& request, Response& response) const {
    const auto* reading = request.assigns.get<Reading>();
    if (reading != nullptr) tell(*reading, response);
    if (options_.for_sockets || !has_written(request, response)) return;
    const auto owed = reading == nullptr ? Position() : reading->owed;
    hand_out(std::max(owed, positions_.written()), response);
  }

 private:
  [[nodiscard]] bool waits(const Request& request) const {
    if (request.method == Method::options || request.assigns.get<AskedByNode>() != nullptr) {
      return false;
    }
    return !options_.goes_on || !options_.goes_on(request);
  }

  /// Of a reign that is over nothing is owed any more.
  static Reading reading(std::string_view outcome, const Wanted& wanted) {
    const auto owed = outcome == kSuperseded ? Position() : wanted.position;
    return {outcome, wanted.given_by, owed};
  }

  /// What anybody may keep says nothing of one reader's.
  static void tell(const Reading& reading, Response& response) {
    if (response.headers.has_token("cache-control", "public")) return;
    response.headers.set(kReadHeader, reading.outcome);
    if (!reading.varies_by.empty()) response.headers.merge("vary", reading.varies_by);
  }

  /// Some requests write by GET: what they leave behind is a cookie.
  static bool has_written(const Request& request, const Response& response) {
    if (std::to_underlying(response.status) >= 400 || request.method == Method::options) {
      return false;
    }
    // The node that asked gives its client what there is to give.
    if (request.assigns.get<AskedByNode>() != nullptr) return false;
    return !only_reads(request.method) || response.headers.contains("set-cookie");
  }

  void hand_out(Position position, Response& response) const {
    if (position == Position{}) return;
    const auto text = db::to_string(position);
    response.headers.set(kPositionHeader, text);
    response.headers.add("set-cookie",
                         net::http::set_cookie(kPositionCookie, text,
                                               {.path = "/",
                                                .domain = options_.cookie.domain,
                                                .max_age = kCookieLasts,
                                                .same_site = options_.cookie.same_site,
                                                .secure = options_.cookie.secure,
                                                .http_only = true}));
    if (!response.headers.contains("cache-control")) {
      response.headers.add("cache-control", "no-store");
    }
  }

  const Positions positions_;
  const ReadYourWritesOptions options_;
};

Awaitable<Arrival> wait_for(Database database, Position position) {
  if (const auto known = database.arrival_of(position)) co_return *known;
  auto waiting = database.wait_for(position, Database::kArrival);
  const auto arrival =
      co_await db::run_task<Arrival>(std::move(waiting), Database::kArrival + kGrace, kAwait);
  co_return arrival.value_or(Arrival::missing);
}

}  // namespace

Positions positions_of(const Database& database) {
  return {.written = [database] { return database.written(); },
          .wait = [database](Position position) { return wait_for(database, position); }};
}

net::http::Plug read_your_writes(Positions positions, ReadYourWritesOptions options) {
  const auto plug =
      std::make_shared<const ReadYourWrites>(std::move(positions), std::move(options));
  return {.name = "read your writes",
          .before = net::http::Plug::AwaitedBefore([plug](std::shared_ptr<Request> request) {
            return ReadYourWrites::await_position(plug, std::move(request));
          }),
          .after = [plug](const Request& request, Response& response) {
            plug->mark(request, response);
          }};
}

}  // namespace coppice::app::http
