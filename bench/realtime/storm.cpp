// The storm: everybody is cut off in one moment, and comes back.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "crowd.hpp"
#include "server_process.hpp"
#include "workloads.hpp"

namespace coppice::bench {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr int kStorms = 3;
constexpr double kMebibyte = 1024.0 * 1024.0;

/// How long the official client waits before its n-th attempt; from the last on always as long.
constexpr std::array kReconnectAfter = {
    std::chrono::milliseconds(10),   std::chrono::milliseconds(50),
    std::chrono::milliseconds(100),  std::chrono::milliseconds(150),
    std::chrono::milliseconds(200),  std::chrono::milliseconds(250),
    std::chrono::milliseconds(500),  std::chrono::milliseconds(1000),
    std::chrono::milliseconds(2000), std::chrono::milliseconds(5000)};

/// Clients that stay: whoever is turned away tries again, and joins once it is in.
class Faithful {
 public:
  Faithful(const Target& target, std::size_t clients, const std::string& topic)
      : crowd_(target.port), tries_(clients), join_(target.dialect.join(topic)) {
    crowd_.add(clients, target.dialect.topic_target(topic));
    crowd_.on_open = [this](std::size_t client) { crowd_.send(client, join_); };
    crowd_.on_text = [this, &target](std::size_t, std::string_view text) {
      if (target.dialect.is_reply(text)) ++joined_;
    };
    crowd_.on_closed = [this](std::size_t client) { come_back(client); };
    crowd_.after_poll = [this] { connect_due(); };
  }

  /// Has all of them come in one moment. Returns how many seconds it took until the last had
  /// joined.
  double come() {
    const auto begin = Clock::now();
    for (std::size_t i = 0; i < tries_.size(); ++i) {
      tries_[i] = 0;
      schedule(i);
    }
    crowd_.run_until([this] { return joined_ >= tries_.size(); }, "everybody to come back",
                     kPatience);
    const std::chrono::duration<double> took = Clock::now() - begin;
    crowd_.run_until_quiet();
    return took.count();
  }

  /// Cuts all of them off, without a word.
  void cut() {
    for (std::size_t i = 0; i < tries_.size(); ++i) crowd_.drop(i);
    joined_ = 0;
  }

  /// How many attempts the server did not take, of all so far: those with a status or a close code,
  /// and those without.
  [[nodiscard]] std::size_t refused() const noexcept { return refused_; }
  [[nodiscard]] std::size_t lost() const noexcept { return lost_; }

 private:
  struct Attempt {
    Clock::time_point due;
    std::size_t client;
    friend bool operator<(const Attempt& a, const Attempt& b) { return a.due > b.due; }
  };

  void schedule(std::size_t client) {
    const auto wait = kReconnectAfter.at(std::min(tries_[client]++, kReconnectAfter.size() - 1));
    attempts_.push({.due = Clock::now() + wait, .client = client});
  }

  void come_back(std::size_t client) {
    ++(crowd_.client(client).closed_with() == 0 ? lost_ : refused_);
    schedule(client);
  }

  void connect_due() {
    while (!attempts_.empty() && attempts_.top().due <= Clock::now()) {
      crowd_.begin(attempts_.top().client);
      attempts_.pop();
    }
  }

  Crowd crowd_;
  std::vector<std::size_t> tries_;
  std::priority_queue<Attempt> attempts_;
  std::string join_;
  std::size_t joined_ = 0;
  std::size_t refused_ = 0;
  std::size_t lost_ = 0;
};

}  // namespace

void run_storm(const Target& target, std::size_t clients, const std::string& topic) {
  Faithful crowd(target, clients, topic);
  std::printf("storm_first %.3g\n", crowd.come());
  const auto before = own_bytes(target.process);
  double slowest = 0;
  for (int i = 0; i < kStorms; ++i) {
    crowd.cut();
    slowest = std::max(slowest, crowd.come());
  }
  std::printf("storm_slowest %.3g\n", slowest);
  std::printf("storm_refused %zu\nstorm_lost %zu\n", crowd.refused(), crowd.lost());
  std::printf("storm_memory_before %.4g\n", before / kMebibyte);
  std::printf("storm_memory_after %.4g\n", own_bytes(target.process) / kMebibyte);
}

}  // namespace coppice::bench
