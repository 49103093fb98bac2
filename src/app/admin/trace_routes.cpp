#include "app/admin/trace_routes.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "app/admin/answer_schemas.hpp"
#include "app/admin/duration_text.hpp"
#include "app/admin/line_stream.hpp"
#include "app/admin/parameters.hpp"
#include "app/admin/route_docs.hpp"
#include "app/admin/tracing.hpp"

namespace coppice::app::admin {
namespace {

using actors::Duration;
using actors::Result;
using net::http::RequestPtr;
using net::http::Response;

constexpr auto kLongestTrace = std::chrono::minutes(10);
constexpr Duration kUsualTrace = std::chrono::seconds(10);

struct TraceWish {
  std::string path;
  Duration time{};
};

Result<TraceWish> trace_wish(const net::http::Request& request) {
  const http::QueryParameters parameters(request);
  auto path = required(parameters, "path");
  if (!path) return std::unexpected(path.error());
  const auto text = parameters.text("for");
  if (!text) return std::unexpected(text.error());
  const auto time =
      text->empty() ? Result<Duration>(kUsualTrace) : parse_duration("for", *text, kLongestTrace);
  if (!time) return std::unexpected(time.error());
  return TraceWish{.path = *std::move(path), .time = *time};
}

net::Awaitable<Response> trace(std::shared_ptr<Work> work, std::shared_ptr<Tracing> tracing,
                               RequestPtr request) {
  const auto wish = trace_wish(*request);
  if (!wish) co_return explained(wish.error());
  Work::Job job = [tracing, wish = *wish] {
    auto begun = tracing->begin(wish.path, wish.time);
    if (!begun) return explained(begun.error());
    auto rewrite = [senders = std::move(begun->senders)](const std::string& lines) {
      return senders->add_to(lines);
    };
    return line_stream(
        std::move(begun->lines),
        {.life = wish.time, .keep = std::move(begun->running), .rewrite = std::move(rewrite)});
  };
  co_return co_await work->look(*request, std::move(job));
}

}  // namespace

net::http::Routes trace_routes(std::shared_ptr<Work> work, actors::Runtime& runtime) {
  auto tracing = std::make_shared<Tracing>(work, runtime);
  return {net::http::post(
      "/v1/trace",
      [work = std::move(work), tracing = std::move(tracing)](RequestPtr request) {
        return trace(work, tracing, std::move(request));
      },
      described("One actor's messages as it handles them, with their durations",
                {.query = {{"path", "a place in the tree", true},
                           {"for", "how long: 500ms, 10s, 10m, up to 10m (10s)"}},
                 .answers = {in_lines(schemas::traced_message())}}))};
}

}  // namespace coppice::app::admin
