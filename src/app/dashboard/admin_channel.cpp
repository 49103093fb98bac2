#include "app/dashboard/admin_channel.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "app/dashboard/dashboard.hpp"
#include "app/log_scope.hpp"
#include "db/run_task.hpp"
#include "net/http/plugs/request_id.hpp"

namespace coppice::app::dashboard {
namespace {

using actors::Result;
using actors::Task;
using net::channels::Payload;

constexpr auto kAnswerTime = std::chrono::seconds(2);
constexpr auto kLookTime = std::chrono::seconds(5);
constexpr auto kOrderTime = std::chrono::seconds(40);
constexpr std::size_t kLongestPath = 1000;

/// What may be looked for, and written to the log.
bool is_path(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  return text.starts_with('/') && text.size() <= kLongestPath &&
         std::ranges::none_of(text, is_control);
}

Payload because(std::string_view reason) { return Payload::object({{"reason", reason}}); }

/// Runs what blocks away from the shard; @p turn is given back when nobody waits for it any more.
Task<Result<std::string>> run_apart(std::function<Result<std::string>()> work,
                                    std::shared_ptr<Turn> turn, actors::Duration patience) {
  auto job = [work = std::move(work), held = std::move(turn)] { return work(); };
  auto done = co_await actors::blocking(std::move(job), patience);
  if (!done) co_return std::unexpected(done.error());
  co_return std::move(*done);
}

}  // namespace

AdminChannel::AdminChannel(net::channels::Port port, rooms::ClientPtr client, DeskPtr desk)
    : TopicChannel(std::move(port), client), operator_(std::move(client)), desk_(std::move(desk)) {}

void AdminChannel::events(net::channels::EventTable<AdminChannel>& on) {
  on.on("series", &AdminChannel::series);
  on.on("inspect", &AdminChannel::inspect);
  on.on("restart", &AdminChannel::restart);
  on.on("suspend", &AdminChannel::suspend);
  on.on("resume", &AdminChannel::resume);
}

void AdminChannel::join() {
  if (operator_->operates_as.empty()) return refuse({{"reason", "unauthorized"}});
  const auto address = desk_->address.get();
  if (!address) return refuse(because("the dashboard is not there"));
  listen();
  address->async_call(Dashboard::Overview{}, kAnswerTime,
                      whenever([this, dashboard = *address](Result<std::string> overview) {
                        if (!overview) return refuse(because("the dashboard does not answer"));
                        watches_ = true;
                        ++desk_->watchers;
                        dashboard.cast(Dashboard::Stirred{}).ignore();
                        accept(Payload::json(std::move(*overview)));
                      }));
}

bool AdminChannel::check(const Which& which, const Reply& reply) {
  if (is_path(which.path)) return true;
  reply.error(because("path must be that of an actor, as /database/writer"));
  return false;
}

void AdminChannel::series(const Which& which, const Reply& reply) {
  if (!check(which, reply)) return;
  const auto address = desk_->address.get();
  if (!address) {
    reply.error(because(address.error().message()));
    return;
  }
  address->async_call(Dashboard::SeriesOf{which.path}, kAnswerTime,
                      whenever([reply](Result<std::string> series) {
                        if (series) {
                          reply.ok(Payload::json(std::move(*series)));
                        } else {
                          reply.error(because(series.error().message()));
                        }
                      }));
}

void AdminChannel::inspect(const Which& which, const Reply& reply) {
  if (!check(which, reply)) return;
  auto turn = std::make_shared<Turn>(desk_, &Desk::looks, kMostLooks);
  if (!*turn) {
    reply.error(because("busy"));
    return;
  }
  auto work = [control = desk_->control, path = which.path] { return control->inspect(path); };
  db::run_task<std::string>(run_apart(std::move(work), std::move(turn), kLookTime), kLookTime,
                            whenever([reply](Result<std::string> actor) {
                              if (actor) {
                                reply.ok(Payload::json(std::move(*actor)));
                              } else {
                                reply.error(because(actor.error().message()));
                              }
                            }));
}

void AdminChannel::restart(const Which& which, const Reply& reply) {
  order("restart", &admin::ActorControl::restart, which, reply);
}

void AdminChannel::suspend(const Which& which, const Reply& reply) {
  order("suspend", &admin::ActorControl::suspend, which, reply);
}

void AdminChannel::resume(const Which& which, const Reply& reply) {
  order("resume", &admin::ActorControl::resume, which, reply);
}

// Logged by whoever carries it out, since the one who gave it may be gone by then, restarted even.
void AdminChannel::order(std::string_view name, Action action, const Which& which,
                         const Reply& reply) {
  if (!check(which, reply)) return;
  auto turn = std::make_shared<Turn>(desk_, &Desk::orders, kMostOrders);
  if (!*turn) {
    reply.error(because("other orders are under way; try again"));
    return;
  }
  auto work = [desk = desk_, action, name = std::string(name), path = which.path,
               who = operator_->operates_as,
               id = net::http::plugs::make_request_id()]() -> Result<std::string> {
    const LogScope about({.request_id = id});
    SPDLOG_INFO("dashboard: {} orders {} of {}", who, name, path);
    const auto done = ((*desk->control).*action)(path);
    if (const auto address = desk->address.get()) address->cast(Dashboard::Changed{}).ignore();
    if (done) return "";
    SPDLOG_WARN("dashboard: {} of {} failed: {}", name, path, done.error().message());
    return std::unexpected(done.error());
  };
  db::run_task<std::string>(run_apart(std::move(work), std::move(turn), kOrderTime), kOrderTime,
                            whenever([reply](const Result<std::string>& done) {
                              if (done) {
                                reply.ok();
                              } else {
                                reply.error(because(done.error().message()));
                              }
                            }));
}

void AdminChannel::on_unknown_event(const std::string& event, Payload payload, const Reply& reply) {
  const auto* relayed = find_relayed(event);
  if (relayed == nullptr) {
    reply.error(because("unknown event"));
    return;
  }
  auto request = request_of(*relayed, payload);
  if (request) return pass_on(*relayed, *std::move(request), reply);
  reply.error(because(request.error().context));
}

void AdminChannel::pass_on(const Relayed& relayed, std::shared_ptr<net::http::Request> request,
                           const Reply& reply) {
  auto operators = desk_->operators.lock();
  const bool orders = relayed.is_order();
  auto turn = std::make_shared<Turn>(desk_, orders ? &Desk::orders : &Desk::relays,
                                     orders ? kMostOrders : kMostRelays);
  if (!operators || !*turn) {
    reply.error(because(orders ? "other orders are under way; try again" : "busy"));
    return;
  }
  if (orders) {
    const LogScope about({.request_id = request->id});
    SPDLOG_INFO("dashboard: {} orders {}{}", operator_->operates_as, relayed.event,
                parameters_text(*request));
  }
  const auto patience = orders ? kOrderTime : kLookTime;
  auto task = relay(std::move(operators), std::move(request), &relayed, std::move(turn));
  db::run_task<RelayAnswer>(std::move(task), patience,
                            whenever([reply](Result<RelayAnswer> answer) {
                              if (!answer) {
                                reply.error(because(answer.error().message()));
                              } else if (answer->good) {
                                reply.ok(Payload::json(std::move(answer->text)));
                              } else {
                                reply.error(because(answer->text));
                              }
                            }));
}

void AdminChannel::leave(net::channels::EndReason /*reason*/) noexcept {
  if (std::exchange(watches_, false)) --desk_->watchers;
}

}  // namespace coppice::app::dashboard
