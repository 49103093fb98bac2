#include "app/nodes/node_routes.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/task_group.hpp"
#include "app/http/answers.hpp"
#include "app/nodes/answer_client.hpp"
#include "app/nodes/refusal.hpp"
#include "app/nodes/sent_arrival.hpp"
#include "app/nodes/sent_batch.hpp"
#include "app/nodes/sent_read.hpp"
#include "app/nodes/sent_traces.hpp"
#include "app/tracing/scoped_span.hpp"
#include "db/codec.hpp"
#include "db/run_task.hpp"
#include "net/connection_link.hpp"

namespace coppice::app::nodes {
namespace {

using actors::Result;
using actors::Task;
using net::Awaitable;
using net::http::Request;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;
using std::chrono::milliseconds;

constexpr std::size_t kMostRequestBytes = std::size_t{32} << 20U;
constexpr milliseconds kMostPatience(30'000);
constexpr milliseconds kGrace(200);
constexpr milliseconds kLook(500);

using Outcomes = std::shared_ptr<SentResults>;

/// @param trail  Of the node that has sent the command, in whose trace it is run.
Task<void> run_one(db::Database database, SentCommand sent, tracing::TrailPtr trail,
                   Outcomes outcomes, std::size_t index) {
  tracing::ScopedSpan span(trail, "commit", tracing::SpanKind::server);
  span.note("coppice.command", sent.name);
  const auto patience = std::clamp(milliseconds(sent.milliseconds), milliseconds(0), kMostPatience);
  const auto result = co_await database.execute_here(from_sent(std::move(sent)), patience);
  if (result) span.note("coppice.position", db::to_string(result->position));
  outcomes->results[index] = to_sent(result);
}

/// Side by side, so that they share a commit.
Task<Result<Outcomes>> run_all(db::Database database, std::vector<SentCommand> commands,
                               std::vector<tracing::TrailPtr> trails) {
  auto outcomes = std::make_shared<SentResults>();
  outcomes->results.resize(commands.size());
  actors::TaskGroup group;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    group.add(run_one(database, std::move(commands[i]), std::move(trails[i]), outcomes, i));
  }
  co_await group.join();
  co_return outcomes;
}

/// Where each of so many commands belongs; null where it is in no trace.
std::vector<tracing::TrailPtr> trails_of(const Request& request, std::size_t commands,
                                         const tracing::TracerPtr& tracer) {
  std::vector<tracing::TrailPtr> trails(commands);
  if (!tracer) return trails;
  const auto sent = read_traces(request.header(kTracesHeader).value_or(""), commands);
  for (std::size_t i = 0; i < commands; ++i) {
    if (sent[i]) trails[i] = std::make_shared<const tracing::Trail>(tracer, *sent[i]);
  }
  return trails;
}

/// What a node is told that may not ask this one.
std::optional<Response> refusal(const db::Database& database, const Request& request) {
  const auto version = request.header("coppice-node").value_or("");
  if (!is_spoken(version)) return refuse_version(version);
  const auto standing = database.replication().standing();
  if (standing.role == db::Role::primary) return std::nullopt;
  return refuse_as(standing);
}

template <class T>
Response in_bytes(const T& value) {
  return Response::of(Status::ok, "application/octet-stream", db::to_bytes(value));
}

Awaitable<Response> run_commands(db::Database database, tracing::TracerPtr tracer,
                                 RequestPtr request) {
  if (auto refused = refusal(database, *request)) co_return *std::move(refused);
  auto sent = db::from_bytes<SentCommands>(request->body);
  if (!sent) co_return Response::error(Status::bad_request, sent.error().context);
  auto trails = trails_of(*request, sent->commands.size(), tracer);
  auto work = run_all(std::move(database), std::move(sent->commands), std::move(trails));
  const auto done =
      co_await db::run_task<Outcomes>(std::move(work), kMostPatience + kGrace, http::kAwait);
  if (!done) co_return Response::error(Status::service_unavailable, done.error().message());
  co_return in_bytes(**done);
}

using RouterPtr = std::shared_ptr<const net::http::Router>;

Awaitable<db::Arrival> look_for(db::Database database, db::Position position) {
  auto looking = database.look_for(position, kLook);
  const auto arrival =
      co_await db::run_task<db::Arrival>(std::move(looking), kLook + kGrace, http::kAwait);
  co_return arrival.value_or(db::Arrival::missing);
}

/// The client is the other node's: nobody here sends to it, but the log names the connection.
std::shared_ptr<net::ConnectionLink> with_place_of(
    const std::shared_ptr<net::ConnectionLink>& link) {
  if (!link) return nullptr;
  return std::make_shared<net::ConnectionLink>(
      net::ConnectionLink{.actor = {}, .place = link->place});
}

Awaitable<Response> answer_read(db::Database database, RouterPtr site, RequestPtr request) {
  if (auto refused = refusal(database, *request)) co_return *std::move(refused);
  const auto sent = db::from_bytes<SentRead>(request->body);
  if (!sent) co_return Response::error(Status::bad_request, sent.error().context);
  auto asked = from_sent(*sent);
  if (!asked) co_return Response::error(Status::bad_request, asked.error().context);
  (*asked)->peer.link = with_place_of(request->peer.link);
  const db::Position position{sent->epoch, sent->sequence};
  const auto arrival = co_await look_for(database, position);
  if (arrival == db::Arrival::missing) co_return in_bytes(SentAnswer());
  const auto response = co_await answer_client(std::move(site), *std::move(asked));
  const auto answer = to_sent(response, arrival);
  if (!answer) co_return Response::error(Status::unprocessable_content, answer.error().context);
  co_return in_bytes(*answer);
}

Awaitable<Response> note_arrival(db::Database database, RequestPtr request) {
  if (auto refused = refusal(database, *request)) co_return *std::move(refused);
  const auto sent = db::from_bytes<SentArrival>(request->body);
  if (!sent) co_return Response::error(Status::bad_request, sent.error().context);
  database.note_confirmed(sent->position());
  co_return Response::of(Status::ok, "application/octet-stream", "");
}

}  // namespace

net::http::Routes node_routes(const db::Database& database, RouterPtr site,
                              tracing::TracerPtr tracer) {
  net::http::Handler commands = [database, tracer = std::move(tracer)](RequestPtr request) {
    return run_commands(database, tracer, std::move(request));
  };
  net::http::Handler reads = [database, site = std::move(site)](RequestPtr request) {
    return answer_read(database, site, std::move(request));
  };
  net::http::Handler arrivals = [database](RequestPtr request) {
    return note_arrival(database, std::move(request));
  };
  return {net::http::post(
              std::string(kCommandsPath), std::move(commands),
              {.summary = "Runs the writes of other nodes", .max_body_bytes = kMostRequestBytes}),
          net::http::post(std::string(kReadsPath), std::move(reads),
                          {.summary = "Answers what has not arrived on another node"}),
          net::http::post(std::string(kArrivalsPath), std::move(arrivals),
                          {.summary = "Takes note of what has arrived on another node"})};
}

}  // namespace coppice::app::nodes
