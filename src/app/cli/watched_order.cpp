#include "app/cli/watched_order.hpp"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "net/http/plugs/request_id.hpp"

namespace coppice::app::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{300};

/// False if it is told to stop meanwhile.
bool pause(const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, stop, kBetweenLooks, [] { return false; });
  return !stop.stop_requested();
}

/// A server that can't say how far it is, as one of an older version, is not asked again.
void watch(const std::stop_token& stop, const std::string& socket, const std::string& request_id,
           ProgressLine& line) {
  while (pause(stop)) {
    const auto work = AdminClient(socket).get("/v1/work");
    if (!work) return;
    if (auto progress = progress_in(*work, request_id)) line.say(*std::move(progress));
  }
}

/// A number that may be null.
std::uint64_t count_in(const boost::json::value& value) {
  return value.is_null() ? 0 : value.to_number<std::uint64_t>();
}

db::Progress progress_of(const boost::json::value& piece) {
  const auto& unit = piece.at("unit");
  return {.phase = std::string(piece.at("phase").as_string()),
          .done = count_in(piece.at("done")),
          .total = count_in(piece.at("total")),
          .unit = unit.is_null() ? std::string() : std::string(unit.as_string())};
}

}  // namespace

std::optional<db::Progress> progress_in(std::string_view json, std::string_view request_id) {
  boost::system::error_code error;
  const auto answer = boost::json::parse(json, error);
  if (error) return std::nullopt;
  try {
    for (const auto& piece : answer.at("work").as_array()) {
      if (piece.at("request_id") != boost::json::value(request_id)) continue;
      auto progress = progress_of(piece);
      if (progress.phase.empty()) return std::nullopt;
      return progress;
    }
  } catch (const std::exception&) {  // another version's answer
    return std::nullopt;
  }
  return std::nullopt;
}

actors::Result<std::string> post_and_watch(const std::string& socket, const std::string& path,
                                           const AdminClient::Parameters& parameters,
                                           std::chrono::seconds timeout, ProgressLine& line) {
  line.say("the server is at it");
  const auto request_id = net::http::plugs::make_request_id();
  std::jthread watcher;
  if (line.is_shown()) {
    watcher =
        std::jthread([&](const std::stop_token& stop) { watch(stop, socket, request_id, line); });
  }
  return AdminClient(socket).post(path, parameters, timeout, request_id);
}

}  // namespace coppice::app::cli
