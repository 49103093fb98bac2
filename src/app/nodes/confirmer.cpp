#include "app/nodes/confirmer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "actors/stop_at_end.hpp"
#include "app/nodes/refusal.hpp"
#include "app/nodes/sent_arrival.hpp"
#include "db/codec.hpp"

namespace coppice::app::nodes {

using actors::Errc;
using actors::fail;
using actors::Result;
using actors::Task;
using std::chrono::milliseconds;

namespace {

constexpr auto kReadTimeout = std::chrono::seconds(1);
constexpr milliseconds kPostTimeout(2000);
constexpr actors::Duration kFirstPause = milliseconds(50);
constexpr actors::Duration kLongestPause = std::chrono::seconds(2);

Result<void> check(const std::string& node, const Result<Link::Answer>& answer) {
  if (!answer) return std::unexpected(answer.error());
  if (answer->is_ok()) return {};
  return fail(Errc::unavailable, explain_refusal(node, *answer));
}

}  // namespace

Confirmer::Confirmer(db::Database database, Post post, std::shared_ptr<Slot> slot)
    : database_(std::move(database)),
      post_(std::move(post)),
      slot_(std::move(slot)),
      pause_(kFirstPause) {}

void Confirmer::init() {
  slot_->enter(runtime(), cell().place());
  background(actors::stop_at_end(stop_));
  continue_with(Look{});
}

void Confirmer::handle(Look /*message*/) {
  is_asked_again_ = true;
  if (!std::exchange(is_under_way_, true)) background(report());
}

Task<void> Confirmer::report() {
  while (std::exchange(is_asked_again_, false)) {
    const auto told = co_await tell_once();
    if (!told) {
      failed(told.error());
      break;
    }
    trouble_.clear();
    pause_ = kFirstPause;
  }
  is_under_way_ = false;
}

Task<Result<void>> Confirmer::tell_once() {
  const auto standing = database_.replication().standing();
  if (standing.role != db::Role::replica) co_return Result<void>();
  auto read = [](db::Connection& db) { return db::read_position(db); };
  const auto position = co_await database_.read(std::move(read), kReadTimeout);
  if (!position) co_return std::unexpected(position.error());
  Told now{standing.primary, *position};
  if (now == told_) co_return Result<void>();
  auto work = [post = post_, now, stop = stop_.get_token()] {
    const SentArrival arrival{now.position.epoch, now.position.sequence};
    return post(now.node, db::to_bytes(arrival), kPostTimeout, stop);
  };
  const auto done = co_await actors::blocking(std::move(work), actors::kForever);
  if (!done) co_return std::unexpected(done.error());
  if (auto heard = check(now.node, *done); !heard) co_return heard;
  ++reports_;
  told_ = std::move(now);
  co_return Result<void>();
}

void Confirmer::failed(const actors::Error& why) {
  if (stop_.stop_requested()) return;
  const bool is_news = std::exchange(trouble_, why.message()).empty();
  if (is_news && database_.readiness().ready()) {
    SPDLOG_WARN("the primary can't be told what has arrived here: {}", trouble_);
  }
  set_timer("look", pause_, Look{});
  pause_ = std::min(2 * pause_, kLongestPause);
}

std::string Confirmer::describe() const {
  auto text = told_.node.empty() ? std::string("has told nobody yet")
                                 : fmt::format("has told {} of {}, in {} reports", told_.node,
                                               db::to_string(told_.position), reports_);
  return trouble_.empty() ? text : text + "; failed: " + trouble_;
}

void poke(const Confirmer::Slot& confirmer) {
  if (const auto address = confirmer.get()) address->cast(Confirmer::Look{}).ignore();
}

}  // namespace coppice::app::nodes
