#include "app/drain.hpp"

#include <algorithm>
#include <utility>

namespace coppice::app {

Drain::Drain(actors::Runtime& runtime, std::shared_ptr<http::ApiContext> api,
             std::shared_ptr<net::channels::LongPolls> polls,
             std::shared_ptr<net::server::HttpEndpoint> endpoint)
    : runtime_(runtime),
      api_(std::move(api)),
      polls_(std::move(polls)),
      endpoint_(std::move(endpoint)) {}

void Drain::begin() {
  announce();
  polls_->drain();
  endpoint_->drain();
}

std::size_t Drain::open_connections() const {
  const auto connections = runtime_.root()->find("/http/connections");
  if (!connections) return 0;
  const auto children = connections->children();
  return static_cast<std::size_t>(
      std::ranges::count_if(children, [](const auto& child) { return bool{child->pid()}; }));
}

}  // namespace coppice::app
