#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/server.hpp"
#include "app/outgoing/http_request.hpp"
#include "app/tracing/settings.hpp"
#include "app/tracing/tracer.hpp"

namespace coppice::app::tracing {

/// What traces are kept in; null if @p settings say that there are none.
[[nodiscard]] TracerPtr make_tracer(const Settings& settings);

/// Sends the spans that wait, now and then and in batches, to a collector that speaks OTLP over
/// HTTP. A collector that asks for patience gets it; what it does not take otherwise is dropped,
/// and counted: see Tracer. What waits at the server's end is sent then, within a second.
///
/// Thread: one of its own, which its end may hold up for a second; requests are sent on one of the
/// runtime's threads for what blocks.
class Exporter final : public actors::Server<Exporter> {
 public:
  using Send = std::function<actors::Result<outgoing::HttpResponse>(
      const outgoing::HttpRequest& request, const std::stop_token& stop)>;

  Exporter(TracerPtr tracer, Settings settings, std::string version, Send send = outgoing::send);

  void init();
  void terminate(const actors::ExitReason& reason);

  /// Looks whether something waits.
  struct Look {};
  actors::Task<void> handle(Look message);

  [[nodiscard]] std::string describe() const override;

 private:
  actors::Task<bool> send_batch();
  [[nodiscard]] bool answered(const actors::Result<outgoing::HttpResponse>& answer);
  void failed(std::string why);
  [[nodiscard]] outgoing::HttpRequest request_of(const std::vector<Span>& batch) const;

  const TracerPtr tracer_;
  const Settings settings_;
  const std::string version_;
  const Send send_;
  std::stop_source stop_;
  std::vector<Span> batch_;  // under way, or to be sent once more
  int attempts_ = 0;         // with that batch
  actors::Duration pause_{};
  std::string trouble_;  // of the last request, if it failed
};

}  // namespace coppice::app::tracing
