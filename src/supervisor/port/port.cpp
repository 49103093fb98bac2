#include "supervisor/port/port.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/sleep.hpp"
#include "actors/task_group.hpp"
#include "actors/use_task.hpp"

namespace coppice::supervisor::port {

using actors::Errc;
using actors::ExitReason;
using actors::fail;
using actors::Init;
using actors::Result;
using actors::Task;
using actors::use_task;

namespace {

using boost::asio::posix::descriptor_base;

constexpr std::size_t kMostOfLine = 8'192;
constexpr std::size_t kMostOfLastLine = 200;
constexpr auto kAskAgain = std::chrono::milliseconds(100);
constexpr auto kKillMargin = std::chrono::seconds(2);
// As much as a pipe holds: what a process has left behind comes out whole, and one that talks
// without end lets others run.
constexpr int kReadsInARow = 16;

/// Of its own for Asio, which closes what it is given.
int duplicate(int descriptor) {
  const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw std::system_error(errno, std::generic_category(), "fcntl");
  return copy;
}

bool is_not_printable(char c) { return c < ' ' || c > '~'; }

auto in_ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

Port::Port(PortOptions options)
    : options_(std::move(options)),
      name_(options_.command.name()),
      lines_(kMostOfLine, [this](std::string_view line) { take_line(line); }) {}

Task<Init> Port::init() {
  auto process = Process::spawn(options_.command);
  if (!process) co_return Init::stop(ExitReason::custom(process.error().context));
  adopt(std::move(*process));
  background(read_output());
  background(watch_end());
  const auto ready = co_await become_ready();
  if (!ready) {
    co_await end_process();
    co_return Init::stop(ExitReason::custom(ready.error().context));
  }
  started_ = true;
  if (options_.health) background(watch_health());
  co_return Init::ok();
}

void Port::adopt(Process process) {
  up_since_ = std::chrono::system_clock::now();
  process_.emplace(std::move(process));
  end_descriptor_.emplace(io(), duplicate(process_->end_descriptor()));
  output_.emplace(io(), duplicate(process_->output_descriptor()));
}

// -- its output ----------------------------------------------------------------------------------

Task<void> Port::read_output() {
  bool goes_on = true;
  while (goes_on) {
    const auto error = co_await output_->async_wait(descriptor_base::wait_read, use_task);
    goes_on = !error && drain_output();
  }
}

/// False when there will never be more.
bool Port::drain_output() {
  for (int reads = 0; reads < kReadsInARow; ++reads) {
    const auto size = ::read(output_->native_handle(), buffer_.data(), buffer_.size());
    if (size == 0) return false;
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    lines_.take({buffer_.data(), static_cast<std::size_t>(size)});
  }
  return true;
}

void Port::finish_output() {
  drain_output();
  lines_.finish();
}

void Port::take_line(std::string_view printed) {
  const std::string line = options_.redact ? options_.redact(printed) : std::string(printed);
  last_line_ = line.substr(0, kMostOfLastLine);
  std::ranges::replace_if(last_line_, is_not_printable, '?');
  if (options_.on_line) options_.on_line(line);
}

// -- its end -------------------------------------------------------------------------------------

Task<void> Port::watch_end() {
  if (!co_await ended()) co_return;
  finish_output();
  if (started_) stop(ExitReason::custom(end_text()));
}

/// Waits for the end of the process. False if the actor has to end before it.
Task<bool> Port::ended() {
  while (!end_) {
    const auto error = co_await end_descriptor_->async_wait(descriptor_base::wait_read, use_task);
    if (error) co_return end_.has_value();
    if (!end_) end_ = process_->reap();
  }
  co_return true;
}

std::string Port::end_text() const { return fmt::format("{} {}", name_, end_->to_string()); }

Task<void> Port::terminate(ExitReason /*reason*/) {
  if (!process_ || end_) co_return;
  actors::TaskGroup reading;
  reading.add(read_output());
  co_await end_process();
  output_->cancel();
  co_await reading.join();
  finish_output();
}

Task<void> Port::end_process() {
  if (end_) co_return;
  if (const auto sent = process_->signal(options_.stop_signal); !sent) process_->kill();
  actors::TaskGroup beside;
  beside.add(kill_later());
  co_await ended();
}

Task<void> Port::kill_later() {
  const bool waited = co_await actors::sleep_for(options_.stop_within);
  if (waited && !end_) {
    SPDLOG_WARN("{} has not ended within {} ms after signal {}: it is killed", name_,
                in_ms(options_.stop_within), options_.stop_signal);
  }
  if (!end_) process_->kill();
}

// -- how it is -----------------------------------------------------------------------------------

Task<Result<void>> Port::become_ready() {
  const auto deadline = actors::deadline_after(now(), options_.ready_within);
  std::string trouble = "it could not be asked";
  while (options_.ready) {
    const auto left = deadline - now();
    if (left <= Duration::zero()) {
      co_return fail(Errc::timeout, fmt::format("{} is not ready after {} ms: {}", name_,
                                                in_ms(options_.ready_within), trouble));
    }
    const auto answer = co_await ask(options_.ready, std::min(left, options_.health_within));
    if (end_) break;  // whoever answered was another
    if (answer && *answer) co_return Result<void>();
    if (answer) trouble = answer->error().message();
    if (!co_await actors::sleep_for(kAskAgain)) {
      co_return fail(Errc::cancelled, fmt::format("{} was stopped before it was ready", name_));
    }
    if (end_) break;
  }
  if (!end_) co_return Result<void>();
  co_return fail(Errc::start_failed, end_text() + " before it was ready" + last_words());
}

Task<void> Port::watch_health() {
  std::uint32_t failures = 0;
  while (true) {
    const bool goes_on = co_await actors::sleep_for(options_.health_every);
    if (!goes_on) co_return;
    const auto answer = co_await ask(options_.health, options_.health_within);
    if (!answer) continue;
    failures = *answer ? 0 : failures + 1;
    if (failures < std::max(options_.health_failures, 1U)) continue;
    stop(
        ExitReason::custom(fmt::format("{} is not well: {} checks in a row have failed, the last "
                                       "with: {}",
                                       name_, failures, answer->error().message())));
    co_return;
  }
}

// -- operators -----------------------------------------------------------------------------------

void Port::handle(Signal message) {
  const auto sent = process_->signal(message.number);
  if (!sent) SPDLOG_WARN("{} gets no signal {}: {}", name_, message.number, sent.error().message());
}

std::string Port::describe() const {
  if (!process_) return name_ + ", not started";
  if (end_) return end_text() + last_words();
  const auto since = fmt::gmtime(std::chrono::system_clock::to_time_t(up_since_));
  constexpr double kMiB = 1'048'576;
  return fmt::format("{}, pid {}, up since {:%FT%TZ}, {:.1f} MiB{}", name_, process_->pid(), since,
                     static_cast<double>(process_->resident_bytes()) / kMiB, last_words());
}

std::string Port::last_words() const {
  return last_line_.empty() ? std::string() : "; last line: " + last_line_;
}

ChildSpec port_child(std::string id, PortOptions options) {
  const auto patience = options.stop_within + options.health_within + kKillMargin;
  auto spec = worker<Port>(std::move(id), std::move(options));
  spec.shutdown = Shutdown::within(patience);
  spec.options.on_unstoppable = actors::OnUnstoppable::wait;
  return spec;
}

}  // namespace coppice::supervisor::port
