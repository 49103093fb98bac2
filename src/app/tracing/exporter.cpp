#include "app/tracing/exporter.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "actors/stop_at_end.hpp"

namespace coppice::app::tracing {

using actors::Result;
using actors::Task;
using outgoing::HttpRequest;
using outgoing::HttpResponse;

namespace {

// OpenTelemetry's defaults for batches.
constexpr auto kInterval = std::chrono::seconds(5);
constexpr std::size_t kBatch = 512;
constexpr auto kTimeout = std::chrono::seconds(10);
constexpr auto kTimeoutAtEnd = std::chrono::seconds(1);
constexpr int kMostAttempts = 5;
constexpr auto kLongestPause = std::chrono::seconds(60);

/// What the protocol lets a client try again.
bool is_temporary(long status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

actors::Duration pause_of(const HttpResponse& answer) {
  int seconds = 0;
  const auto& text = answer.retry_after;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  const auto wished = std::chrono::seconds(seconds);
  return std::clamp<actors::Duration>(wished, kInterval, kLongestPause);
}

}  // namespace

TracerPtr make_tracer(const Settings& settings) {
  return settings.url.empty() ? nullptr : std::make_shared<Tracer>(settings.ratio);
}

Exporter::Exporter(TracerPtr tracer, Settings settings, std::string version, Send send)
    : tracer_(std::move(tracer)),
      settings_(std::move(settings)),
      version_(std::move(version)),
      send_(std::move(send)) {}

void Exporter::init() {
  background(actors::stop_at_end(stop_));
  set_timer("look", kInterval, Look{});
}

Task<void> Exporter::handle(Look /*message*/) {
  bool more = true;
  pause_ = kInterval;
  while (more) more = co_await send_batch();
  set_timer("look", pause_, Look{});
}

/// Whether the next one may follow at once.
Task<bool> Exporter::send_batch() {
  if (batch_.empty()) batch_ = tracer_->take(kBatch);
  if (batch_.empty()) co_return false;
  const bool was_full = batch_.size() == kBatch;
  auto work = [send = send_, stop = stop_.get_token(), request = request_of(batch_)] {
    return send(request, stop);
  };
  auto done = co_await actors::blocking(std::move(work), actors::kForever);
  const auto answer =
      done ? std::move(*done) : Result<HttpResponse>(std::unexpected(std::move(done.error())));
  if (stop_.stop_requested()) co_return false;
  co_return answered(answer) && was_full;
}

/// Whether the batch has been taken.
bool Exporter::answered(const Result<HttpResponse>& answer) {
  const bool taken = answer && answer->status >= 200 && answer->status < 300;
  if (taken) {
    tracer_->arrived(batch_.size());
    trouble_.clear();
  } else {
    failed(answer ? fmt::format("it answers {}", answer->status) : answer.error().message());
    const bool again = !answer || is_temporary(answer->status);
    if (answer) pause_ = pause_of(*answer);
    if (again && ++attempts_ < kMostAttempts) return false;
    tracer_->drop(batch_.size());
  }
  batch_.clear();
  attempts_ = 0;
  return taken;
}

/// Says so once, not for each batch.
void Exporter::failed(std::string why) {
  if (trouble_.empty()) {
    SPDLOG_WARN(
        "traces: {} does not take them: {}; they wait, and are dropped when there are "
        "more than {}",
        settings_.url, why, Tracer::kMostWaiting);
  }
  trouble_ = std::move(why);
}

HttpRequest Exporter::request_of(const std::vector<Span>& batch) const {
  HttpRequest request;
  request.method = "POST";
  request.url = settings_.url;
  request.headers = settings_.headers;
  request.headers.emplace_back("content-type: application/json");
  request.body = to_otlp_json(batch, settings_.resource, version_);
  request.timeout = kTimeout;
  return request;
}

// On its own thread, so this holds up nobody else.
void Exporter::terminate(const actors::ExitReason& /*reason*/) {
  auto rest = tracer_->take(kBatch);
  batch_.insert(batch_.end(), std::make_move_iterator(rest.begin()),
                std::make_move_iterator(rest.end()));
  if (batch_.empty()) return;
  auto request = request_of(batch_);
  request.timeout = kTimeoutAtEnd;
  const auto answer = send_(request, std::stop_token());
  if (answer && answer->status < 300) return tracer_->arrived(batch_.size());
  tracer_->drop(batch_.size());
  SPDLOG_WARN("traces: {} spans are lost", batch_.size());
}

std::string Exporter::describe() const {
  auto text = fmt::format("to {}; {} spans sent, {} waiting, {} dropped", settings_.url,
                          tracer_->sent(), tracer_->waiting() + batch_.size(), tracer_->dropped());
  return trouble_.empty() ? text : text + "; failed: " + trouble_;
}

}  // namespace coppice::app::tracing
