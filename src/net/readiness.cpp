#include "net/readiness.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <boost/asio/post.hpp>

#include "actors/shard.hpp"

namespace coppice::net {
namespace {

constexpr std::size_t kMostAtOnce = 64;  // then others get their turn

/// Without memory a watcher may throw, and the others must not be forgotten for that.
template <class F>
class Finally {
 public:
  explicit Finally(F action) : action_(std::move(action)) {}
  Finally(const Finally&) = delete;
  Finally& operator=(const Finally&) = delete;
  // NOLINTNEXTLINE(bugprone-exception-escape): without memory to wait any more, the process ends
  ~Finally() { action_(); }

 private:
  F action_;
};

int make_epoll() {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return descriptor;
}

}  // namespace

std::shared_ptr<Readiness> Readiness::make(const Executor& executor) {
  return std::shared_ptr<Readiness>(new Readiness(executor));
}

Readiness::Readiness(const Executor& executor) : epoll_(executor, make_epoll()) {}

void Readiness::watch(int socket, Watcher& watcher, Interest interest) {
  if (const int error = control(EPOLL_CTL_ADD, socket, watcher, interest); error != 0) {
    throw std::system_error(error, std::generic_category(), "epoll_ctl");
  }
  if (!std::exchange(waiting_, true)) wait();
}

void Readiness::change(int socket, Watcher& watcher, Interest interest) noexcept {
  std::ignore = control(EPOLL_CTL_MOD, socket, watcher, interest);
}

void Readiness::forget(int socket, Watcher& watcher) noexcept {
  std::ignore = control(EPOLL_CTL_DEL, socket, watcher, {});
  for (auto& event : telling_) {
    if (event.data.ptr == &watcher) event.data.ptr = nullptr;
  }
  std::ranges::replace(again_, &watcher, nullptr);
}

int Readiness::control(int operation, int socket, Watcher& watcher, Interest interest) noexcept {
  epoll_event event{};
  if (interest.readable) event.events |= EPOLLIN;
  if (interest.writable) event.events |= EPOLLOUT;
  event.data.ptr = &watcher;
  return ::epoll_ctl(epoll_.native_handle(), operation, socket, &event) == 0 ? 0 : errno;
}

void Readiness::wait() {
  epoll_.async_wait(decltype(epoll_)::wait_read,
                    [weak = weak_from_this()](boost::system::error_code error) {
                      const auto self = weak.lock();
                      if (!self || error) return;
                      actors::Shard::stir();
                      const Finally wait_on([&] { self->wait(); });
                      self->tell_ready();
                    });
}

void Readiness::tell_ready() {
  std::array<epoll_event, kMostAtOnce> events;
  const int count = ::epoll_wait(epoll_.native_handle(), events.data(), kMostAtOnce, 0);
  if (count <= 0) return;
  telling_ = std::span(events).first(static_cast<std::size_t>(count));
  const Finally done([this] { telling_ = {}; });
  for (const auto& event : telling_) {
    if (event.data.ptr != nullptr) static_cast<Watcher*>(event.data.ptr)->on_ready();
  }
}

void Readiness::again(Watcher& watcher) {
  if (std::ranges::find(again_, &watcher) == again_.end()) again_.push_back(&watcher);
  tell_again_later();
}

void Readiness::tell_again_later() {
  if (again_.empty() || std::exchange(telling_again_, true)) return;
  boost::asio::post(epoll_.get_executor(), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->tell_again();
  });
}

// One at a time: who is called may forget those that come after it.
void Readiness::tell_again() {
  const Finally go_on([this] {
    telling_again_ = false;
    tell_again_later();
  });
  for (auto left = std::min(again_.size(), kMostAtOnce); left > 0; --left) {
    Watcher* const watcher = again_.front();
    again_.erase(again_.begin());
    if (watcher != nullptr) watcher->on_ready();
  }
}

}  // namespace coppice::net
