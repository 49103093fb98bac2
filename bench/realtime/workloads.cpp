#include "workloads.hpp"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <functional>
#include <string_view>
#include <vector>

#include "crowd.hpp"
#include "server_process.hpp"

namespace coppice::bench {
namespace {

constexpr auto kWarmUp = std::chrono::milliseconds(500);
constexpr std::size_t kEchoClients = 64;
constexpr std::size_t kSmallTopics = 400;
constexpr std::size_t kMembersOfSmallTopic = 5;
constexpr std::size_t kSmallTopicsInFlight = 64;
constexpr std::size_t kWatchers = 100;
constexpr std::size_t kChurning = 16;
constexpr std::size_t kJoiningAtOnce = 64;

/// An object of 64 bytes.
constexpr std::string_view kPayload =
    R"({"body":"0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefgh"})";

void print(std::string_view name, double value) {
  std::printf("%.*s %.6g\n", static_cast<int>(name.size()), name.data(), value);
  std::fflush(stdout);
}

/// Lets the load run, which counts what it does in @p done, and prints the server's CPU time for
/// each and how many there were per second.
void measure(const Target& target, Crowd& crowd, const std::string& name, const std::size_t& done) {
  crowd.run_for(kWarmUp);
  const auto cpu = cpu_seconds(target.process);
  const auto count = done;
  const auto begin = Clock::now();
  crowd.run_for(target.time);
  const std::chrono::duration<double> took = Clock::now() - begin;
  const auto made = static_cast<double>(done - count);
  if (made == 0) give_up(name + " did nothing");
  print(name, 1e6 * (cpu_seconds(target.process) - cpu) / made);
  print(name + "_rate", made / took.count());
}

/// Has clients @p first to @p last join, a few at a time. @p topic_of gives the topic of each.
void join(const Target& target, Crowd& crowd, std::size_t first, std::size_t last,
          const std::function<std::string(std::size_t)>& topic_of) {
  std::size_t begun = first;
  std::size_t joined = first;
  crowd.on_text = [&](std::size_t, std::string_view text) {
    if (target.dialect.is_reply(text)) ++joined;
  };
  while (begun < last) {
    const auto message = target.dialect.join(topic_of(begun));
    if (message.empty()) return;
    crowd.send(begun++, message);
    crowd.run_until([&] { return joined + kJoiningAtOnce > begun; }, "joins");
  }
  crowd.run_until([&] { return joined == last; }, "joins");
  crowd.run_until_quiet();
  crowd.on_text = nullptr;
}

/// One topic, whose first member publishes, and the messages under way in it.
class Publisher {
 public:
  Publisher(Crowd& crowd, std::size_t first, std::size_t members, std::string message)
      : crowd_(crowd), first_(first), received_(members), message_(std::move(message)) {}

  /// Sends messages, in one write, until so many are under way.
  void keep_in_flight(std::size_t messages) {
    std::string wire;
    for (; missing_.size() < messages; missing_.push_back(received_.size())) wire += message_;
    if (!wire.empty()) crowd_.send(first_, wire);
  }

  /// A member has got its next message. True if nobody waits for that one any more.
  bool received(std::size_t client) {
    const auto number = received_[client - first_]++;
    if (--missing_.at(number - complete_) > 0) return false;
    missing_.pop_front();
    ++complete_;
    return true;
  }

 private:
  Crowd& crowd_;
  std::size_t first_;
  std::vector<std::size_t> received_;  // by member: how many messages
  std::deque<std::size_t> missing_;    // by message, from `complete_` on: how many members
  std::size_t complete_ = 0;
  std::string message_;
};

/// Appears in a room and vanishes again, over and over.
struct Churner {
  std::string key;
  bool present = false;
};

std::string numbered(const std::string& pattern, std::size_t number) {
  const auto at = pattern.find('%');
  if (at == std::string::npos) return pattern;
  return pattern.substr(0, at) + std::to_string(number) + pattern.substr(at + 1);
}

}  // namespace

void run_echo(const Target& target) {
  Crowd crowd(target.port);
  crowd.add(kEchoClients, target.dialect.echo_target());
  crowd.connect();
  join(target, crowd, 0, crowd.size(), [](std::size_t) { return "room:echo"; });
  const auto message = target.dialect.echo(kPayload);
  std::size_t done = 0;
  crowd.on_text = [&](std::size_t client, std::string_view text) {
    if (!target.dialect.is_reply(text)) return;
    ++done;
    crowd.send(client, message);
  };
  for (std::size_t i = 0; i < crowd.size(); ++i) crowd.send(i, message);
  measure(target, crowd, "echo", done);
}

void run_fan_out(const Target& target, std::size_t receivers, std::size_t in_flight) {
  std::string topic = "room:all";
  Crowd crowd(target.port);
  crowd.add(receivers, target.dialect.topic_target(topic));
  crowd.connect();
  join(target, crowd, 0, receivers, [&](std::size_t) { return topic; });
  Publisher publisher(crowd, 0, receivers, target.dialect.publish(topic, kPayload));
  std::size_t done = 0;
  crowd.on_text = [&](std::size_t client, std::string_view text) {
    if (!target.dialect.is_published(text)) return;
    ++done;
    publisher.received(client);
  };
  crowd.after_poll = [&] { publisher.keep_in_flight(in_flight); };
  measure(target, crowd, "fan_out_" + std::to_string(receivers) + "_" + std::to_string(in_flight),
          done);
}

void run_small_topics(const Target& target) {
  Crowd crowd(target.port);
  std::vector<Publisher> publishers;
  const auto topic_of = [](std::size_t client) {
    return "room:" + std::to_string(client / kMembersOfSmallTopic);
  };
  for (std::size_t i = 0; i < kSmallTopics; ++i) {
    const auto topic = topic_of(i * kMembersOfSmallTopic);
    const auto first = crowd.add(kMembersOfSmallTopic, target.dialect.topic_target(topic));
    publishers.emplace_back(crowd, first, kMembersOfSmallTopic,
                            target.dialect.publish(topic, kPayload));
  }
  crowd.connect();
  join(target, crowd, 0, crowd.size(), topic_of);
  std::size_t done = 0;
  crowd.on_text = [&](std::size_t client, std::string_view text) {
    if (!target.dialect.is_published(text)) return;
    ++done;
    const auto topic = client / kMembersOfSmallTopic;
    if (!publishers[topic].received(client)) return;
    publishers[(topic + kSmallTopicsInFlight) % kSmallTopics].keep_in_flight(1);
  };
  for (std::size_t i = 0; i < kSmallTopicsInFlight; ++i) publishers[i].keep_in_flight(1);
  measure(target, crowd, "small_topics", done);
}

void run_presence(const Target& target) {
  std::string room = "room:busy";
  Crowd crowd(target.port);
  std::vector<Churner> clients;
  for (std::size_t i = 0; i < kWatchers + kChurning; ++i) {
    clients.push_back({.key = "user-" + std::to_string(i)});
    crowd.add(1, target.dialect.room_target(room, clients.back().key));
  }
  crowd.connect();
  join(target, crowd, 0, kWatchers, [&](std::size_t) { return room; });
  std::size_t done = 0;
  crowd.on_text = [&](std::size_t client, std::string_view text) {
    if (client < kWatchers) return;
    auto& churner = clients[client];
    if (!churner.present && target.dialect.is_state(text)) {
      churner.present = true;
      crowd.send(client, target.dialect.vanish(room, churner.key));
    } else if (churner.present && target.dialect.has_vanished(text, churner.key)) {
      churner.present = false;
      ++done;
      crowd.send(client, target.dialect.appear(room, churner.key));
    }
  };
  for (std::size_t i = kWatchers; i < crowd.size(); ++i) {
    crowd.send(i, target.dialect.appear(room, clients[i].key));
  }
  measure(target, crowd, "presence", done);
}

void run_memory(const Target& target, const std::string& name, std::size_t clients,
                const std::string& topic) {
  Crowd crowd(target.port);
  const auto grow_to = [&](std::size_t size) {
    const auto before = crowd.size();
    crowd.add(size - before, topic.empty() ? target.dialect.idle_target()
                                           : target.dialect.topic_target(numbered(topic, 0)));
    crowd.connect();
    if (!topic.empty()) {
      join(target, crowd, before, size, [&](std::size_t i) { return numbered(topic, i); });
    }
    crowd.run_until_quiet();
    return own_bytes(target.process);
  };
  // What the first ones cost includes what is needed once.
  const auto few = clients / 10;
  const auto before = grow_to(few);
  print(name, (grow_to(clients) - before) / static_cast<double>(clients - few));
}

}  // namespace coppice::bench
