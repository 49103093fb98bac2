#include "net/http/exchange.hpp"

#include <utility>
#include <variant>

namespace coppice::net::http {

bool Exchange::admit(const std::shared_ptr<Request>& request) {
  request_ = &request;
  return pass_plugs() || request->malformed;
}

/// As far as it goes without waiting. False if the next plug has to be awaited.
bool Exchange::pass_plugs() {
  try {
    while (const Plug* plug = next_plug()) {
      if (std::holds_alternative<Plug::AwaitedBefore>(plug->before)) return false;
      ++passed_;
      const auto* before = std::get_if<Plug::Before>(&plug->before);
      if (before == nullptr) continue;
      if (auto early = (*before)(request())) answer_with(*std::move(early));
    }
  } catch (...) {
    fail();
  }
  return true;
}

Awaitable<void> Exchange::admit_slowly() {
  shared_ = true;
  try {
    while (const Plug* plug = next_plug()) {
      ++passed_;
      auto early = co_await std::get<Plug::AwaitedBefore>(plug->before)(*request_);
      if (early) answer_with(*std::move(early));
      if (pass_plugs()) co_return;
    }
  } catch (...) {
    fail();
  }
}

/// The one that the request meets next; null behind the last one, or if there is an answer.
const Plug* Exchange::next_plug() {
  const auto& endpoint = router_->endpoint();
  if (answer_) return nullptr;
  if (passed_ < endpoint.size()) return &endpoint[passed_];
  if (request().malformed) return nullptr;
  if (route_plugs_ == nullptr) find_route();
  const bool through = answer_ || passed_ == endpoint.size() + route_plugs_->size();
  return through ? nullptr : &plug(passed_);
}

const Plug& Exchange::plug(std::size_t index) const noexcept {
  const auto& endpoint = router_->endpoint();
  return index < endpoint.size() ? endpoint[index] : (*route_plugs_)[index - endpoint.size()];
}

void Exchange::find_route() {
  auto match = router_->find(request().method, request().path);
  if (!match) return answer_with(std::move(match.error()));
  request().route = match->route;
  request().path_params = std::move(match->params);
  route_plugs_ = match->plugs;
  check_declared_size();
}

void Exchange::check_declared_size() {
  if (request().content_length.value_or(0) <= max_body_bytes()) return;
  answer_with(too_large());
}

Response Exchange::too_large() const {
  const auto* route = request().route;
  if (route != nullptr && route->options.too_large) {
    return Response::empty(*route->options.too_large);
  }
  return Response::error(Status::content_too_large, "the body is too large");
}

std::size_t Exchange::max_body_bytes() const noexcept {
  const auto* route = request().route;
  return route == nullptr ? limits_->max_body_bytes
                          : route->options.max_body_bytes.value_or(limits_->max_body_bytes);
}

bool Exchange::handle_at_once() {
  const auto* handler = std::get_if<PlainHandler>(&request().route->action);
  if (handler == nullptr) return false;
  try {
    answer_with((*handler)(request()));
  } catch (...) {
    fail();
  }
  return true;
}

Awaitable<void> Exchange::handle() {
  shared_ = true;
  const auto& action = request().route->action;
  try {
    if (const auto* handler = std::get_if<Handler>(&action)) {
      auto response = co_await (*handler)(*request_);
      answer_with(std::move(response));
      co_return;
    }
    auto decision = co_await std::get<UpgradeHandler>(action)(*request_);
    answer_.emplace(std::move(decision.response), std::move(decision.take_over));
  } catch (...) {
    fail();
  }
}

void Exchange::refuse(RequestParser::Refusal refusal) {
  if (refusal.status == Status::content_too_large) return answer_with(too_large());
  answer_with(Response::error(refusal.status, refusal.why));
}

void Exchange::fail() {
  failure_ = std::current_exception();
  answer_with(Response::error(Status::internal_server_error));
}

Answer& Exchange::finish() {
  while (passed_ > 0) pass_back(plug(--passed_));
  return *answer_;
}

void Exchange::end() noexcept {
  request_ = nullptr;
  route_plugs_ = nullptr;
  passed_ = 0;
  shared_ = false;
  answer_.reset();
  failure_ = nullptr;
}

void Exchange::pass_back(const Plug& plug) {
  if (!plug.after) return;
  try {
    plug.after(request(), answer_->response);
  } catch (...) {
    fail();
  }
}

}  // namespace coppice::net::http
