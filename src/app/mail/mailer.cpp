#include "app/mail/mailer.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "actors/stop_at_end.hpp"

namespace coppice::app::mail {

using actors::Errc;
using actors::Error;
using actors::Result;
using actors::Task;

namespace {

constexpr auto kTimeout = std::chrono::seconds(5);
constexpr std::int64_t kFirstPause = 10;  // seconds; doubles …
constexpr std::int64_t kLongestPause = 3600;
constexpr std::int64_t kMostAttempts = 30;  // about a day
constexpr int kMostDoublings = 9;
constexpr std::int64_t kRetrySeconds = 5;   // when the database can't be read
constexpr std::int64_t kLongestSleep = 60;  // for clocks that are set

std::int64_t pause_after(std::int64_t attempts) {
  const auto doublings = std::min<std::int64_t>(attempts, kMostDoublings);
  return std::min(kFirstPause << doublings, kLongestPause);
}

}  // namespace

Mailer::Mailer(MailerParts parts, std::shared_ptr<Slot> slot)
    : parts_(std::move(parts)), slot_(std::move(slot)) {}

void Mailer::init() {
  slot_->enter(runtime(), cell().place());
  background(actors::stop_at_end(stop_));
  handle(Wake{});
}

void Mailer::handle(Wake /*message*/) {
  woken_ = true;
  if (!std::exchange(working_, true)) background(work());
}

Task<void> Mailer::work() {
  while (std::exchange(woken_, false) && !stop_.stop_requested()) {
    bool more = true;
    while (more && !stop_.stop_requested()) {
      const auto sent = co_await send_next();
      more = sent && *sent;
      if (!sent) wait_until(parts_.clock() + kRetrySeconds);
    }
  }
  working_ = false;
}

/// False when none is due.
Task<Result<bool>> Mailer::send_next() {
  if (!parts_.database.is_primary()) {  // which sends them
    wait_until(parts_.clock() + kRetrySeconds);
    co_return false;
  }
  auto waiting = co_await parts_.database.read(&next_mail, kTimeout);
  if (!waiting) co_return std::unexpected(std::move(waiting.error()));
  if (!*waiting) {
    // Other nodes write mails as well, and wake nobody here.
    if (parts_.database.replication().is_replicated()) wait_until(parts_.clock() + kRetrySeconds);
    co_return false;
  }
  if ((*waiting)->due_at > parts_.clock()) {
    wait_until((*waiting)->due_at);
    co_return false;
  }
  co_await send(std::move(**waiting));
  co_return true;
}

Task<void> Mailer::send(WaitingMail waiting) {
  auto mail = co_await parts_.write(waiting.kind, waiting.recipient);
  if (!mail && mail.error() == Errc::not_found) co_return co_await finish(waiting.id);
  if (!mail) co_return co_await postpone(std::move(waiting), std::move(mail.error()));
  auto sent = co_await hand_over(std::move(*mail));
  if (!sent) co_return co_await postpone(std::move(waiting), std::move(sent.error()));
  ++parts_.record->sent;
  trouble_.clear();
  co_await finish(waiting.id);
}

Task<Result<void>> Mailer::hand_over(Mail mail) {
  auto work = [transport = parts_.transport, stop = stop_.get_token(), mail = std::move(mail)] {
    return transport->send(mail, stop);
  };
  auto done = co_await actors::blocking(std::move(work), actors::kForever);
  if (!done) co_return std::unexpected(std::move(done.error()));
  co_return std::move(*done);
}

Task<void> Mailer::finish(std::int64_t id) {
  const FinishMail done{id};
  const auto finished = co_await parts_.database.execute(done, kTimeout);
  if (finished) co_return;
  SPDLOG_ERROR("mail: {}; it will be sent again", finished.error().message());
  // Not at once, or somebody is sent the same mail over and over.
  std::ignore = co_await actors::sleep_for(std::chrono::seconds(kLongestSleep));
}

Task<void> Mailer::postpone(WaitingMail waiting, Error error) {
  if (error == Errc::cancelled || error == Errc::shutting_down) co_return;
  trouble_ = error.message();
  const bool is_over = error == Errc::invalid_argument || waiting.attempts + 1 >= kMostAttempts;
  if (is_over) {
    ++parts_.record->given_up;
    SPDLOG_ERROR("mail: a {} mail is given up: {}", waiting.kind, trouble_);
    co_return co_await finish(waiting.id);
  }
  ++parts_.record->postponed;
  const std::int64_t pause = pause_after(waiting.attempts);
  SPDLOG_WARN("mail: {}; tried again in {} s", trouble_, pause);
  PostponeMail later{.id = waiting.id, .due_at = parts_.clock() + pause, .error = trouble_};
  const auto postponed = co_await parts_.database.execute(std::move(later), kTimeout);
  if (!postponed) std::ignore = co_await actors::sleep_for(std::chrono::seconds(kLongestSleep));
}

void Mailer::wait_until(std::int64_t due_at) {
  const auto left = std::clamp<std::int64_t>(due_at - parts_.clock(), 1, kLongestSleep);
  set_timer("next", std::chrono::seconds(left), Wake{});
}

std::string Mailer::describe() const {
  auto text =
      fmt::format("through {}; {} sent", parts_.transport->describe(), parts_.record->sent.load());
  return trouble_.empty() ? text : text + "; failed: " + trouble_;
}

}  // namespace coppice::app::mail
