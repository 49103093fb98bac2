#include "app/admin/crash_routes.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "app/admin/answer_schemas.hpp"
#include "app/admin/parameters.hpp"
#include "app/admin/route_docs.hpp"
#include "app/crashes/read_crashes.hpp"

namespace coppice::app::admin {
namespace {

using actors::Result;
using net::Awaitable;
using net::http::RequestPtr;
using net::http::Response;
using WorkPtr = std::shared_ptr<Work>;

// Crashes are asked for when something is wrong, as may be what reads them.
constexpr auto kReadTimeout = std::chrono::milliseconds(900);

/// Constant.
struct CrashParts {
  actors::Runtime& runtime;
  crashes::LedgerPtr ledger;
};
using CrashPartsPtr = std::shared_ptr<const CrashParts>;

Result<crashes::CrashFilter> read_filter(const net::http::Request& request) {
  const http::QueryParameters parameters(request);
  crashes::WrittenFilter written;
  for (const auto& [name, where] :
       {std::pair("path", &written.path), std::pair("since", &written.since),
        std::pair("limit", &written.limit), std::pair("cursor", &written.cursor)}) {
    auto value = parameters.text(name);
    if (!value) return std::unexpected(value.error());
    *where = *std::move(value);
  }
  return crashes::crash_filter(written);
}

Awaitable<Response> list_crashes(WorkPtr work, CrashPartsPtr parts, RequestPtr request) {
  const auto filter = read_filter(*request);
  if (!filter) co_return Response::error(filter.error());
  Work::Job job = [parts, filter = *filter] {
    const auto read = [filter](db::Connection& db) { return crashes::read_crashes(db, filter); };
    const auto& [runtime, ledger] = *parts;
    const auto found = ledger->database.read_blocking(runtime, read, kReadTimeout);
    return answered(crashes::crashes_json(
        found ? *found : std::vector<crashes::KeptCrash>(), filter, ledger->buffer.unwritten(),
        ledger->buffer.dropped(), found ? "" : found.error().message(), ledger->unread()));
  };
  co_return co_await work->look(*request, std::move(job));
}

Awaitable<Response> show_crash(WorkPtr work, CrashPartsPtr parts, RequestPtr request) {
  const auto id = crashes::parse_crash_id(request->path_param("id"));
  if (!id) co_return Response::error(id.error());
  Work::Job job = [parts, id = *id] {
    const auto read = [id](db::Connection& db) { return crashes::read_crash(db, id); };
    const auto found = parts->ledger->database.read_blocking(parts->runtime, read, kReadTimeout);
    return found ? answered(crashes::crash_json(*found)) : explained(found.error());
  };
  co_return co_await work->look(*request, std::move(job));
}

}  // namespace

net::http::Routes crash_routes(std::shared_ptr<Work> work, actors::Runtime& runtime,
                               crashes::LedgerPtr ledger) {
  const auto parts = std::make_shared<const CrashParts>(runtime, std::move(ledger));
  const auto bind = [&](Awaitable<Response> (*handle)(WorkPtr, CrashPartsPtr, RequestPtr)) {
    return net::http::Handler([work, parts, handle](RequestPtr request) {
      return handle(work, parts, std::move(request));
    });
  };
  return {
      net::http::get("/v1/crashes", bind(list_crashes),
                     described("The last crashes, newest first",
                               {.query = {{"path", "of a place and all below it"},
                                          {"since", "since that time"},
                                          {"limit", "how many at the most, up to 100"},
                                          {"cursor", "`next_cursor` of the page before"}},
                                .answers = {in_json(schemas::crashes())}})),
      net::http::get("/v1/crashes/:id", bind(show_crash),
                     described("One crash, with its state and stack",
                               {.answers = {in_json(schemas::crash_in_detail())}})),
  };
}

}  // namespace coppice::app::admin
