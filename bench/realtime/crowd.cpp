#include "crowd.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sys/epoll.h>
#include <unistd.h>

namespace coppice::bench {
namespace {

constexpr std::size_t kScratch = std::size_t{256} * 1024;
constexpr std::size_t kConnectingAtOnce = 64;
constexpr unsigned kFirstSource = 2;
constexpr unsigned kSources = 16;
constexpr auto kQuiet = std::chrono::milliseconds(500);

}  // namespace

void give_up(std::string_view why) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(why.size()), why.data());
  std::exit(1);
}

Crowd::Crowd(std::uint16_t port)
    : port_(port), epoll_(epoll_create1(EPOLL_CLOEXEC)), scratch_(kScratch) {
  if (epoll_ < 0) give_up("no epoll");
}

Crowd::~Crowd() { ::close(epoll_); }

std::size_t Crowd::add(std::size_t count, const std::string& target) {
  const auto first = members_.size();
  for (std::size_t i = 0; i < count; ++i) members_.push_back({.client = {}, .target = target});
  return first;
}

void Crowd::connect() {
  std::size_t begun = 0;
  while (begun < members_.size()) {
    if (members_[begun].client.state() == Client::State::closed) begin(begun);
    ++begun;
    run_until([&] { return open_ + kConnectingAtOnce > begun; }, "connections");
  }
  run_until([&] { return open_ == members_.size(); }, "connections");
}

void Crowd::begin(std::size_t client) {
  auto& member = members_[client];
  const auto source = kFirstSource + static_cast<unsigned>(client % kSources);
  member.client.connect(port_, source, member.target);
  member.watched_for_writing = true;
  watch(EPOLL_CTL_ADD, client);
}

void Crowd::drop(std::size_t client) {
  auto& member = members_[client].client;
  if (member.state() == Client::State::open) --open_;
  member.close();
}

void Crowd::send(std::size_t client, std::string_view wire) {
  auto& member = members_[client].client;
  const auto before = member.state();
  member.send(wire);
  settle(client, before);
}

void Crowd::poll(std::chrono::milliseconds patience) {
  std::array<epoll_event, 512> events{};
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                               static_cast<int>(patience.count()));
  for (int i = 0; i < count; ++i) {
    const auto& event = events.at(static_cast<std::size_t>(i));
    handle(event.data.u64, event.events);
  }
  if (after_poll) after_poll();
}

void Crowd::handle(std::size_t number, std::uint32_t events) {
  auto& client = members_[number].client;
  const auto before = client.state();
  if ((events & EPOLLOUT) != 0) client.on_writable();
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && client.state() != Client::State::closed) {
    client.on_readable(scratch_, [&](std::string_view text) {
      ++messages_;
      if (on_text) on_text(number, text);
    });
  }
  settle(number, before);
}

/// Draws the consequences of what has become of a client.
void Crowd::settle(std::size_t number, Client::State before) {
  auto& member = members_[number];
  const auto now = member.client.state();
  const bool opened = now == Client::State::open && before != now;
  if (opened) ++open_;
  if (before == Client::State::open && before != now) --open_;
  if (now == Client::State::closed) {
    if (before == now) return;
    if (!on_closed) {
      give_up("a connection was closed with " + std::to_string(member.client.closed_with()));
    }
    return on_closed(number);
  }
  if (member.client.wants_to_write() != member.watched_for_writing) watch(EPOLL_CTL_MOD, number);
  if (opened && on_open) on_open(number);
}

void Crowd::watch(int operation, std::size_t number) {
  auto& member = members_[number];
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = number;
  member.watched_for_writing = member.client.wants_to_write();
  if (member.watched_for_writing) event.events |= EPOLLOUT;
  if (epoll_ctl(epoll_, operation, member.client.descriptor(), &event) != 0) give_up("epoll_ctl");
}

void Crowd::run_until(const std::function<bool()>& done, std::string_view what,
                      std::chrono::seconds patience) {
  const auto end = Clock::now() + patience;
  while (!done()) {
    poll(std::chrono::milliseconds(10));
    if (Clock::now() > end) give_up("waited in vain for " + std::string(what));
  }
}

void Crowd::run_for(std::chrono::milliseconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end) poll(std::chrono::milliseconds(10));
}

void Crowd::run_until_quiet() {
  auto seen = messages_;
  do {
    seen = messages_;
    run_for(kQuiet);
  } while (seen != messages_);
}

}  // namespace coppice::bench
