#include "app/http/write_request.hpp"

#include <algorithm>

#include "app/content/resource/field_error.hpp"
#include "app/http/committed.hpp"
#include "app/http/viewer.hpp"
#include "app/tracing/request_trace.hpp"
#include "db/digest.hpp"
#include "db/idempotency.hpp"
#include "db/run_task.hpp"

namespace coppice::app::http {

using actors::Errc;
using actors::Error;
using actors::fail;
using actors::Result;
using net::http::Request;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;

namespace {

constexpr int kAttempts = 4;
constexpr auto kGrace = std::chrono::milliseconds(100);
constexpr std::string_view kBusyRecord = "others keep changing the record; try again";

/// The reply that there is already, or what is to be done.
using Planned = std::variant<db::CommandReply, db::Command>;

Result<Planned> plan_or_recall(db::Connection& db, const WriteRequest& request,
                               const WritePlan& plan) {
  db::Command command{request.command, {}, request.key, request.intent};
  if (!request.key.empty()) {
    auto earlier = db::find_earlier_reply(db, command);
    if (!earlier) return std::unexpected(std::move(earlier.error()));
    if (*earlier) return std::move(**earlier);
  }
  auto arguments = plan(db);
  if (!arguments) return std::unexpected(std::move(arguments.error()));
  command.arguments = std::move(*arguments);
  return command;
}

net::Awaitable<Result<Planned>> prepare(Context context, RequestPtr request, WriteRequest write) {
  if (auto* arguments = std::get_if<std::string>(&write.arguments)) {
    co_return db::Command{std::move(write.command), std::move(*arguments), std::move(write.key),
                          std::move(write.intent)};
  }
  const tracing::ScopedSpan span(*request, "read");
  auto read = [write = std::move(write)](db::Connection& db) {
    return plan_or_recall(db, write, std::get<WritePlan>(write.arguments));
  };
  co_return co_await context->database.async_read(std::move(read), kReadTimeout, kAwait);
}

/// Whoever asked may be gone before the answer: what he has written is told all the same.
class PokeAtEnd {
 public:
  explicit PokeAtEnd(Context context) : context_(std::move(context)) {}
  PokeAtEnd(const PokeAtEnd&) = delete;
  PokeAtEnd& operator=(const PokeAtEnd&) = delete;
  ~PokeAtEnd() { changes::poke(*context_->follower); }

 private:
  const Context context_;
};

net::Awaitable<Result<db::CommandReply>> execute(Context context, RequestPtr request,
                                                 db::Command command) {
  tracing::ScopedSpan span(*request, "write");
  span.note("coppice.command", command.name);
  command.trace = span.passed_on();
  const PokeAtEnd poke(context);
  auto task = context->database.execute(std::move(command), kWriteTimeout);
  auto reply =
      co_await db::run_task<db::CommandReply>(std::move(task), kWriteTimeout + kGrace, kAwait);
  if (reply) {
    span.note("coppice.position", db::to_string(reply->position));
    request->assigns.set(Committed{reply->position});
  }
  co_return reply;
}

net::Awaitable<Result<db::CommandReply>> tell_again(Context context, db::CommandReply earlier) {
  auto task = context->database.acknowledge_again(std::move(earlier), kWriteTimeout);
  co_return co_await db::run_task<db::CommandReply>(std::move(task), kWriteTimeout + kGrace,
                                                    kAwait);
}

Response unconfirmed(const ApiContext& context, const Request& request, const Error& error) {
  report_failure(context, request, error);
  auto response = Response::server_error(error);
  auto told = Response::error(response.status,
                              "the write was done, but no other node is known to have it; "
                              "send it again with the same idempotency-key");
  response.body = std::move(told.body);
  return response;
}

}  // namespace

Result<std::string> idempotency_key(const Request& request) {
  const auto key = request.header("idempotency-key");
  if (!key) return std::string();
  const bool printable = std::ranges::all_of(*key, [](char c) { return c >= ' ' && c <= '~'; });
  if (key->empty() || key->size() > db::kLongestIdempotencyKey || !printable) {
    return fail(Errc::invalid_argument,
                "header idempotency-key must be 1 to 255 printable ASCII characters");
  }
  std::string scope = viewer_of(request).principal;
  for (const std::string_view part :
       {to_string(request.method), std::string_view(request.path), *key}) {
    scope += '\n';
    scope += part;
  }
  return "http:" + db::sha256_of(scope);
}

net::Awaitable<Result<std::string>> run_write(Context context, RequestPtr request,
                                              WriteRequest write) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto planned = co_await prepare(context, request, write);
    if (!planned) co_return std::unexpected(std::move(planned.error()));
    if (auto* earlier = std::get_if<db::CommandReply>(&*planned)) {
      auto reply = co_await tell_again(context, std::move(*earlier));
      if (!reply) co_return std::unexpected(std::move(reply.error()));
      co_return std::move(reply->value);
    }
    auto reply = co_await execute(context, request, std::move(std::get<db::Command>(*planned)));
    if (reply) co_return std::move(reply->value);
    if (!content::is_stale(reply.error())) co_return std::unexpected(std::move(reply.error()));
  }
  co_return fail(Errc::conflict, std::string(kBusyRecord));
}

Response write_refused(const ApiContext& context, const Request& request, const Error& error) {
  if (const auto fields = content::problems_json(error)) return invalid_fields(*fields);
  if (content::is_stale(error)) {
    return Response::error(
        Status::precondition_failed,
        "the record is not at the version that if-match names, or is at one of if-none-match");
  }
  if (db::is_unconfirmed(error)) return unconfirmed(context, request, error);
  switch (error.code) {
    case Errc::not_found: return Response::error(Status::not_found);
    case Errc::conflict:
      if (error.context == kBusyRecord) return Response::error(Status::conflict, kBusyRecord);
      if (request.header("idempotency-key")) {
        return Response::error(Status::unprocessable_content,
                               "the idempotency-key stands for another request; "
                               "use a new one for each new intent");
      }
      return failed(context, request, error);
    default: return failed(context, request, error);
  }
}

}  // namespace coppice::app::http
