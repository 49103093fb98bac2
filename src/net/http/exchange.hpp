#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "net/http/handler.hpp"
#include "net/http/request_parser.hpp"
#include "net/http/router.hpp"

namespace coppice::net::http {

/// An answer, and what becomes of the connection after it.
struct Answer {
  Response response;
  TakeOver take_over{};
};

/// One request on its way through the endpoint's plugs, its route's and its handler, and the answer
/// on its way back:
///
///     exchange.admit(request)       as soon as the head is there, else co_await admit_slowly()
///     … the body is read, unless answered() …
///     exchange.handle_at_once()     else co_await handle()
///     exchange.finish()             the answer, as the plugs want it
///     exchange.end()
///
/// Coroutines are for what has to wait: a request that waits for nothing costs none, nor memory of
/// its own: see shared().
///
/// Thread: its connection's.
class Exchange {
 public:
  /// Both must outlive it.
  Exchange(const Router& router, const Limits& limits) : router_(&router), limits_(&limits) {}

  /// Begins with a request whose head is there: plugs, route, declared size. False if one of the
  /// plugs has to be awaited. A malformed request passes only the endpoint's, and those only as far
  /// as none has to be awaited; refuse() it then.
  /// @param request  Stays where it is until end().
  [[nodiscard]] bool admit(const std::shared_ptr<Request>& request);
  Awaitable<void> admit_slowly();

  /// Whether a request has been admitted and has not ended.
  [[nodiscard]] bool begun() const noexcept { return request_ != nullptr; }
  /// Whether there is an answer: then nobody needs the body.
  [[nodiscard]] bool answered() const noexcept { return answer_.has_value(); }
  /// The limit of the route that was found.
  [[nodiscard]] std::size_t max_body_bytes() const noexcept;

  /// Asks the handler, if it is a plain function. False if it has to be awaited.
  [[nodiscard]] bool handle_at_once();
  Awaitable<void> handle();

  /// Answers what cannot be handled, whatever a plug has said.
  void refuse(RequestParser::Refusal refusal);

  /// The bug that a plug or the handler has thrown, if one has; the client gets a 500.
  [[nodiscard]] const std::exception_ptr& failure() const noexcept { return failure_; }

  /// The answer after all plugs have seen it; until end(). @pre answered(), once.
  [[nodiscard]] Answer& finish();

  /// Whether a coroutine was given the request, and may have kept it. Plain functions can't.
  [[nodiscard]] bool shared() const noexcept { return shared_; }

  /// Forgets the request and its answer; the next may begin.
  void end() noexcept;

 private:
  [[nodiscard]] const Plug* next_plug();
  [[nodiscard]] const Plug& plug(std::size_t index) const noexcept;
  bool pass_plugs();
  void pass_back(const Plug& plug);
  void find_route();
  void check_declared_size();
  [[nodiscard]] Response too_large() const;
  void answer_with(Response&& response) { answer_.emplace(std::move(response)); }
  void fail();
  [[nodiscard]] Request& request() const noexcept { return **request_; }

  const Router* router_;
  const Limits* limits_;
  const std::shared_ptr<Request>* request_ = nullptr;
  const std::vector<Plug>* route_plugs_ = nullptr;
  std::size_t passed_ = 0;  // plugs that the request has reached, the endpoint's first
  bool shared_ = false;
  std::optional<Answer> answer_;
  std::exception_ptr failure_;
};

}  // namespace coppice::net::http
