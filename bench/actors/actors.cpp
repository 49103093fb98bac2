// The actor table's workloads in Coppice: bench_actors NAME N prints "coppice NAME value" lines.
// bench/actors/peers has the same in Erlang and CAF, and the choices that make them comparable.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <malloc.h>
#include <string_view>
#include <vector>

#include "actors/server.hpp"
#include "supervisor/supervisor.hpp"

namespace {

using namespace std::chrono_literals;
namespace actors = coppice::actors;
namespace supervisor = coppice::supervisor;
using actors::Ref;
using actors::ReplyTo;
using actors::Server;
using Clock = std::chrono::steady_clock;

constexpr auto kPatience = 10min;
constexpr auto kSpin = 20us;

/// What travels: four words, as in the peers.
struct Payload {
  std::int64_t a = 1, b = 2, c = 3, d = 4;
};

actors::SpawnOptions on_shard(std::uint32_t index) {
  actors::SpawnOptions options;
  options.placement = actors::Placement::shard(index);
  options.mailbox.capacity = 1U << 20U;
  return options;
}

void print(const char* name, double value) { std::printf("coppice %s %.6g\n", name, value); }

// -- ping-pong -----------------------------------------------------------------------------------

class Player final : public Server<Player> {
 public:
  struct Ball {
    Payload payload;
  };
  struct Serve {
    using Reply = void;
    Ref<Player> partner;
    std::int64_t rounds;
  };
  struct Partner {
    Ref<Player> ref;
  };
  void handle(Partner partner) { partner_ = partner.ref; }
  void handle(Serve serve, ReplyTo<void> done) {
    partner_ = serve.partner;
    rounds_ = serve.rounds;
    done_ = std::move(done);
    partner_.cast(Partner{self()}).ignore();
    partner_.cast(Ball{}).ignore();
  }
  void handle(Ball ball) {
    if (done_ && --rounds_ == 0) {
      done_.answer({});
      return;
    }
    partner_.cast(ball).ignore();
  }

 private:
  Ref<Player> partner_;
  std::int64_t rounds_ = 0;
  ReplyTo<void> done_;
};

double ping_pong(actors::Runtime& runtime, std::uint32_t other_shard, std::int64_t rounds) {
  const auto began = Clock::now();
  const auto a = actors::spawn<Player>(runtime, on_shard(0)).value();
  const auto b = actors::spawn<Player>(runtime, on_shard(other_shard)).value();
  a.call_blocking(Player::Serve{b, rounds}, kPatience).value();
  const std::chrono::duration<double> took = Clock::now() - began;
  return static_cast<double>(rounds) / took.count();
}

// -- calls ---------------------------------------------------------------------------------------

class Oracle final : public Server<Oracle> {
 public:
  struct Ask {
    using Reply = Payload;
    Payload payload;
  };
  Payload handle(Ask ask) { return ask.payload; }
};

class Caller final : public Server<Caller> {
 public:
  struct Run {
    using Reply = void;
    Ref<Oracle> oracle;
    std::int64_t rounds;
  };
  actors::Task<actors::Result<void>> handle(Run run) {
    for (std::int64_t i = 0; i < run.rounds; ++i) {
      const auto answer = co_await run.oracle.call(Oracle::Ask{}, 5s);
      if (!answer) co_return std::unexpected(answer.error());
    }
    co_return actors::Result<void>();
  }
};

double call(actors::Runtime& runtime, std::int64_t rounds) {
  const auto began = Clock::now();
  const auto oracle = actors::spawn<Oracle>(runtime, on_shard(0)).value();
  const auto caller = actors::spawn<Caller>(runtime, on_shard(0)).value();
  caller.call_blocking(Caller::Run{oracle, rounds}, kPatience).value();
  const std::chrono::duration<double> took = Clock::now() - began;
  return static_cast<double>(rounds) / took.count();
}

// -- many to one ---------------------------------------------------------------------------------

class Consumer;

class Producer final : public Server<Producer> {
 public:
  struct Grant {
    std::int64_t messages;
  };
  Producer(Ref<Consumer> consumer, std::int64_t total) : consumer_(consumer), left_(total) {}
  void handle(Grant grant);

 private:
  Ref<Consumer> consumer_;
  std::int64_t left_;
};

/// Counts what comes, and grants each producer more as it gets through: the back-pressure without
/// which an unbounded mailbox would only measure memory.
class Consumer final : public Server<Consumer> {
 public:
  static constexpr std::int64_t kGrant = 1000;
  struct Item {
    Ref<Producer> from;
    Payload payload;
    std::uint32_t producer;
  };
  struct Expect {
    using Reply = void;
    std::int64_t messages;
  };
  void handle(Expect expect, ReplyTo<void> done) {
    expected_ = expect.messages;
    done_ = std::move(done);
  }
  void handle(const Item& item) {
    if (item.producer >= counts_.size()) counts_.resize(item.producer + 1);
    if (++counts_[item.producer] % kGrant == 0) {
      item.from.cast(Producer::Grant{kGrant}).ignore();
    }
    if (++received_ == expected_) done_.answer({});
  }

 private:
  std::vector<std::int64_t> counts_;
  std::int64_t received_ = 0;
  std::int64_t expected_ = 0;
  ReplyTo<void> done_;
};

void Producer::handle(Grant grant) {
  const auto producer = self().pid().slot() % 8;
  for (std::int64_t i = 0; i < grant.messages && left_ > 0; ++i, --left_) {
    consumer_.cast(Consumer::Item{self(), {}, producer}).ignore();
  }
}

double many_to_one(actors::Runtime& runtime, std::uint32_t producers, std::uint32_t shard,
                   std::int64_t messages) {
  const auto began = Clock::now();
  const auto consumer = actors::spawn<Consumer>(runtime, on_shard(0)).value();
  std::vector<Ref<Producer>> all;
  for (std::uint32_t i = 0; i < producers; ++i) {
    all.push_back(
        actors::spawn<Producer>(runtime, on_shard(shard), consumer, messages / producers).value());
  }
  for (const auto& producer : all) {
    producer.cast(Producer::Grant{2 * Consumer::kGrant}).ignore();
  }
  consumer.call_blocking(Consumer::Expect{messages / producers * producers}, kPatience).value();
  const std::chrono::duration<double> took = Clock::now() - began;
  for (const auto& producer : all) std::ignore = runtime.stop(producer.pid());
  std::ignore = runtime.stop(consumer.pid());
  return static_cast<double>(messages) / took.count();
}

// -- ring ----------------------------------------------------------------------------------------

class Link final : public Server<Link> {
 public:
  struct Next {
    Ref<Link> ref;
  };
  struct Token {
    std::int64_t hops;
    Payload payload;
  };
  struct Run {
    using Reply = void;
    std::int64_t hops;
  };
  void handle(Next next) { next_ = next.ref; }
  void handle(Run run, ReplyTo<void> done) {
    done_ = std::move(done);
    next_.cast(Token{run.hops, {}}).ignore();
  }
  void handle(Token token) {
    if (token.hops <= 1 && done_) {
      done_.answer({});
      return;
    }
    next_.cast(Token{token.hops - 1, token.payload}).ignore();
  }

 private:
  Ref<Link> next_;
  ReplyTo<void> done_;
};

double ring(actors::Runtime& runtime, std::int64_t hops) {
  constexpr int kLinks = 1000;
  const auto began = Clock::now();
  std::vector<Ref<Link>> links;
  for (int i = 0; i < kLinks; ++i) {
    links.push_back(actors::spawn<Link>(runtime, on_shard(0)).value());
  }
  for (std::size_t i = 0; i < links.size(); ++i) {
    links[i].cast(Link::Next{links[(i + 1) % links.size()]}).ignore();
  }
  links[0].call_blocking(Link::Run{hops}, kPatience).value();
  const std::chrono::duration<double> took = Clock::now() - began;
  return static_cast<double>(hops) / took.count();
}

// -- spawn and exit ------------------------------------------------------------------------------

class Mayfly final : public Server<Mayfly> {
 public:
  void init() { stop(); }
};

/// Starts one after another, each when the end of the one before is known.
class Breeder final : public Server<Breeder> {
 public:
  struct Run {
    using Reply = void;
    std::int64_t lives;
  };
  void handle(Run run, ReplyTo<void> done) {
    left_ = run.lives;
    done_ = std::move(done);
    spawn<Mayfly>({});
  }
  void handle(const actors::ChildExit& /*exit*/) {
    if (--left_ == 0) {
      done_.answer({});
      return;
    }
    spawn<Mayfly>({});
  }

 private:
  std::int64_t left_ = 0;
  ReplyTo<void> done_;
};

double spawn_exit(actors::Runtime& runtime, std::int64_t lives) {
  const auto breeder = actors::spawn<Breeder>(runtime, on_shard(0)).value();
  const auto began = Clock::now();
  breeder.call_blocking(Breeder::Run{lives}, kPatience).value();
  const std::chrono::duration<double> took = Clock::now() - began;
  return static_cast<double>(lives) / took.count();
}

// -- memory --------------------------------------------------------------------------------------

class Idle final : public Server<Idle> {
 public:
  struct Add {
    int by;
  };
  void handle(Add add) { total_ += add.by; }

 private:
  int total_ = 0;
};

class Hatchery final : public Server<Hatchery> {
 public:
  struct Run {
    using Reply = double;
    std::int64_t actors;
  };
  struct Measure {};
  void handle(Run run, ReplyTo<double> done) {
    done_ = std::move(done);
    count_ = run.actors;
    before_ = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (std::int64_t i = 0; i < run.actors; ++i) {
      spawn<Idle>({.parent = actors::Pid(0, 0, 1)}).cast(Idle::Add{1}).ignore();
    }
    requeue(Measure{});
  }
  void handle(Measure /*message*/) {
    // The hatched are behind this actor in the ready list: let them settle first.
    if (++rounds_ < 4) {
      requeue(Measure{});
      return;
    }
    const auto after = mallinfo2().uordblks + mallinfo2().hblkhd;
    done_.answer(static_cast<double>(after - before_) / static_cast<double>(count_));
  }

 private:
  ReplyTo<double> done_;
  std::int64_t count_ = 0;
  std::size_t before_ = 0;
  int rounds_ = 0;
};

double idle_bytes(actors::Runtime& runtime, std::int64_t count) {
  const auto hatchery = actors::spawn<Hatchery>(runtime, on_shard(0)).value();
  return hatchery.call_blocking(Hatchery::Run{count}, kPatience).value();
}

// -- crash and restart ---------------------------------------------------------------------------

class Client;

class Fragile final : public Server<Fragile> {
 public:
  struct Crash {};
  explicit Fragile(std::string client) : client_(std::move(client)) {}
  void init();
  void handle(Crash /*message*/) { throw std::runtime_error("crash"); }

 private:
  std::string client_;
};

/// Makes the worker crash, and takes the time until its next incarnation speaks up.
class Client final : public Server<Client> {
 public:
  struct Up {
    Ref<Fragile> worker;
  };
  struct Run {
    using Reply = double;
    std::int64_t crashes;
  };
  void handle(Up up) {
    worker_ = up.worker;
    if (!done_) return;
    samples_.push_back(Clock::now() - began_);
    next();
  }
  void handle(Run run, ReplyTo<double> done) {
    left_ = run.crashes;
    done_ = std::move(done);
    next();
  }

 private:
  void next() {
    if (left_-- == 0) {
      std::ranges::nth_element(samples_, samples_.begin() + std::ssize(samples_) / 2);
      const auto p50 = samples_[samples_.size() / 2];
      done_.answer(std::chrono::duration<double, std::micro>(p50).count());
      return;
    }
    began_ = Clock::now();
    worker_.cast(Fragile::Crash{}).ignore();
  }

  Ref<Fragile> worker_;
  ReplyTo<double> done_;
  std::int64_t left_ = 0;
  Clock::time_point began_;
  std::vector<Clock::duration> samples_;
};

void Fragile::init() { actors::Name<Client>(runtime(), client_).cast(Client::Up{self()}).ignore(); }

double crash_restart(actors::Runtime& runtime, std::int64_t crashes) {
  auto options = on_shard(0);
  options.name = "client";
  const auto client = actors::spawn<Client>(runtime, std::move(options)).value();
  const supervisor::SupervisorSpec spec{
      .flags = {.intensity = {.intensity = 1'000'000'000}},
      .children = {supervisor::worker<Fragile>("fragile", std::string("client"))}};
  const auto root = actors::spawn<supervisor::Supervisor>(runtime, on_shard(0), spec).value();
  const double p50 = client.call_blocking(Client::Run{crashes}, kPatience).value();
  std::ignore = runtime.stop(root.pid());
  return p50;
}

double crash_restart_reported(actors::Runtime& runtime, std::int64_t crashes) {
  std::FILE* sink = std::fopen("/dev/null", "w");
  const auto reports = runtime.events().attach([sink](const actors::Event& event) {
    const std::string reason = event.reason != nullptr ? event.reason->to_string() : "";
    std::fprintf(sink, "%s pid=%s path=%.*s reason=%s\n",
                 std::string(to_string(event.kind)).c_str(), to_string(event.pid).c_str(),
                 static_cast<int>(event.path.size()), event.path.data(), reason.c_str());
    if (event.crash == nullptr || event.crash->reason.exception() == nullptr) return;
    for (const void* frame : event.crash->reason.exception()->stack) {
      std::fprintf(sink, "  %p\n", frame);
    }
  });
  const double p50 = crash_restart(runtime, crashes);
  std::fclose(sink);
  return p50;
}

// ------------------------------------------------------------------------------------------------

int run(std::string_view name, std::int64_t count) {
  const bool crosses = name.starts_with("cross_");
  actors::Runtime runtime({.shards = crosses ? 2U : 1U, .spin = crosses ? kSpin : 0us});
  const std::int64_t warm_up = std::max<std::int64_t>(count / 10, 1);
  const auto measure = [&](const char* label, auto workload) {
    workload(warm_up);
    print(label, workload(count));
    return 0;
  };
  if (name == "ping_pong") {
    return measure("ping_pong", [&](std::int64_t n) { return ping_pong(runtime, 0, n); });
  }
  if (name == "call") {
    return measure("call", [&](std::int64_t n) { return call(runtime, n); });
  }
  if (name == "many_to_one") {
    return measure("many_to_one", [&](std::int64_t n) {
      return many_to_one(runtime, 4, 0, std::max<std::int64_t>(n, 4));
    });
  }
  if (name == "ring") {
    return measure("ring", [&](std::int64_t n) { return ring(runtime, n); });
  }
  if (name == "spawn_exit") {
    return measure("spawn_exit", [&](std::int64_t n) { return spawn_exit(runtime, n); });
  }
  if (name == "idle_bytes") {
    print("idle_bytes", idle_bytes(runtime, count));
    return 0;
  }
  if (name == "crash_restart") {
    print("crash_restart", crash_restart(runtime, count));
    return 0;
  }
  if (name == "crash_restart_reported") {
    print("crash_restart_reported", crash_restart_reported(runtime, count));
    return 0;
  }
  if (name == "cross_one_way") {
    return measure("cross_one_way", [&](std::int64_t n) { return many_to_one(runtime, 1, 1, n); });
  }
  if (name == "cross_round_trip") {
    return measure("cross_round_trip", [&](std::int64_t n) { return ping_pong(runtime, 1, n); });
  }
  std::fprintf(stderr, "bench_actors: unknown benchmark: %s\n", std::string(name).c_str());
  return 2;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): a benchmark that cannot go on shall say why and end
int main(int argc, char** argv) {
  std::int64_t count = 0;
  const std::string_view text = argc == 3 ? argv[2] : "";
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (argc != 3 || error != std::errc() || end != text.data() + text.size() || count < 1) {
    std::fprintf(stderr, "usage: bench_actors NAME N\n");
    return 2;
  }
  return run(argv[1], count);
}
