// A server with one route, for load: bench_db_http DATABASE full|normal.
// POST /rows stores its body and answers 201 once the row is durable. Prints its port; ends with
// its standard input.
#include <cstdio>
#include <iostream>
#include <string>

#include <spdlog/spdlog.h>

#include "net/http/router.hpp"
#include "net/server/http_endpoint.hpp"
#include "rows.hpp"

namespace {

using namespace coppice;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;

constexpr auto kPatience = std::chrono::seconds(10);
constexpr boost::asio::use_awaitable_t<net::Executor> kAwait{};

net::Awaitable<Response> store(db::Database database, RequestPtr request) {
  bench::InsertRow command{request->body};
  const auto made = co_await database.async_execute(std::move(command), kPatience, kAwait);
  if (!made) co_return Response::server_error(made.error());
  co_return Response::json(Status::created, "{\"id\":" + std::to_string(made->value) + "}");
}

std::shared_ptr<const net::http::Router> router(const db::Database& database) {
  return std::make_shared<const net::http::Router>(
      net::http::post("/rows", net::http::Handler([database](RequestPtr request) {
                        return store(database, std::move(request));
                      })));
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): a benchmark that cannot go on shall say why and end
int main(int argc, char** argv) {
  const std::string mode = argc == 3 ? argv[2] : "";
  if (mode != "full" && mode != "normal") {
    std::fprintf(stderr, "usage: bench_db_http DATABASE full|normal\n");
    return 2;
  }
  spdlog::set_level(spdlog::level::warn);
  actors::Runtime runtime({.shards = 1});
  const bench::BenchDatabase database(
      runtime, argv[1], mode == "full" ? db::Synchronous::full : db::Synchronous::normal);
  net::server::HttpOptions options;
  options.listen = {.address = "127.0.0.1", .port = 0};
  options.router = router(*database);
  const auto endpoint = std::make_shared<net::server::HttpEndpoint>(runtime, std::move(options));
  const auto place = runtime.root()->child("http", supervisor::ChildType::supervisor, "");
  const auto started = runtime.start(net::server::http_child(endpoint).start, {.place = place});
  if (!started.ok()) throw std::runtime_error(started.reason.to_string());
  std::printf("%u\n", endpoint->port());
  std::fflush(stdout);
  std::cin.ignore(1);
  endpoint->drain();
  std::ignore = runtime.stop(started.pid);
  endpoint->clear();
  return 0;
}
