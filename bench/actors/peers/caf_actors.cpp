// The CAF peer of the actor benchmark: idiomatic CAF 0.17 actors, one measurement per run.
// `caf_actors NAME N` prints lines "name value unit". README.md describes every workload.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <malloc.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <caf/all.hpp>

namespace {

constexpr std::int64_t kRingSize = 1000;
constexpr std::int64_t kProducers = 4;
// Messages granted to a producer at a time; it starts with two grants.
constexpr std::int64_t kGrant = 1000;
// What gen_server:call waits unless told otherwise.
constexpr std::chrono::seconds kCallDeadline{5};

using ping_atom = caf::atom_constant<caf::atom("ping")>;
using pong_atom = caf::atom_constant<caf::atom("pong")>;
using echo_atom = caf::atom_constant<caf::atom("echo")>;
using item_atom = caf::atom_constant<caf::atom("item")>;
using grant_atom = caf::atom_constant<caf::atom("grant")>;
using token_atom = caf::atom_constant<caf::atom("token")>;
using next_atom = caf::atom_constant<caf::atom("next")>;
using get_atom = caf::atom_constant<caf::atom("get")>;

struct Payload {
  std::int64_t count = 0;
  std::int64_t a = 1;
  std::int64_t b = 2;
  std::int64_t c = 3;
};
static_assert(sizeof(Payload) == 32);

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, Payload& payload) {
  return f(caf::meta::type_name("payload"), payload.count, payload.a, payload.b, payload.c);
}

// Waits for a workload. It is done only if its root said so: anything else would be timed as speed.
void await(caf::actor_system& system, const caf::actor& root) {
  caf::error reason;
  {
    caf::scoped_actor self{system};
    self->monitor(root);
    self->receive([&](const caf::down_msg& down) { reason = down.reason; });
  }
  if (reason) throw std::runtime_error("workload ended early: " + system.render(reason));
  system.await_all_actors_done();
}

// --- ping_pong, cross_round_trip -----------------------------------------------------------------

caf::behavior pong(caf::event_based_actor* self, const caf::actor& ping) {
  return {[=](ping_atom, const Payload& payload) { self->send(ping, pong_atom::value, payload); }};
}

struct PingState {
  caf::actor pong;
};

template <caf::spawn_options PongOptions>
caf::behavior ping(caf::stateful_actor<PingState>* self, std::int64_t round_trips) {
  self->state.pong = self->spawn<PongOptions>(pong, caf::actor{self});
  self->send(self->state.pong, ping_atom::value, Payload{round_trips});
  return {[=](pong_atom, const Payload& payload) {
    if (payload.count > 1) {
      self->send(self->state.pong, ping_atom::value, Payload{payload.count - 1});
      return;
    }
    self->send_exit(self->state.pong, caf::exit_reason::user_shutdown);
    self->quit();
  }};
}

std::int64_t ping_pong(caf::actor_system& system, std::int64_t n) {
  await(system, system.spawn(ping<caf::no_spawn_options>, n));
  return n;
}

// Detached: the scheduler would keep the pair on one worker, and nothing would cross.
std::int64_t cross_round_trip(caf::actor_system& system, std::int64_t n) {
  await(system, system.spawn<caf::detached>(ping<caf::detached>, n));
  return n;
}

// --- call ----------------------------------------------------------------------------------------

struct CounterState {
  std::int64_t calls = 0;
};

caf::behavior counter(caf::stateful_actor<CounterState>* self) {
  return {
      [=](echo_atom, const Payload& payload) {
        ++self->state.calls;
        return payload;
      },
      [=](get_atom) { return self->state.calls; },
  };
}

struct CallerState {
  caf::actor server;
  std::int64_t left = 0;
};

void call_next(caf::stateful_actor<CallerState>* self) {
  if (self->state.left == 0) {
    self->send_exit(self->state.server, caf::exit_reason::user_shutdown);
    return;
  }
  self->request(self->state.server, kCallDeadline, echo_atom::value, Payload{self->state.left})
      .then([=](const Payload&) {
        --self->state.left;
        call_next(self);
      });
}

void caller(caf::stateful_actor<CallerState>* self, std::int64_t calls) {
  self->state.server = self->spawn(counter);
  self->state.left = calls;
  call_next(self);
}

std::int64_t call(caf::actor_system& system, std::int64_t n) {
  await(system, system.spawn(caller, n));
  return n;
}

// --- many_to_one, cross_one_way ------------------------------------------------------------------

struct ProducerState {
  std::int64_t left = 0;
};

void produce(caf::stateful_actor<ProducerState>* self, const caf::actor& consumer,
             std::int64_t granted) {
  const std::int64_t batch = std::min(granted, self->state.left);
  for (std::int64_t i = 0; i < batch; ++i) {
    self->send(consumer, item_atom::value, Payload{self->state.left--});
  }
  if (self->state.left == 0) self->quit();
}

caf::behavior producer(caf::stateful_actor<ProducerState>* self, const caf::actor& consumer,
                       std::int64_t share) {
  self->state.left = share;
  produce(self, consumer, 2 * kGrant);
  return {[=](grant_atom) { produce(self, consumer, kGrant); }};
}

struct ConsumerState {
  std::vector<caf::actor> producers;
  std::int64_t left = 0;
  std::int64_t until_grant = 0;
};

caf::behavior consumer(caf::stateful_actor<ConsumerState>* self, std::int64_t producers,
                       std::int64_t share) {
  self->state.left = share * producers;
  self->state.until_grant = kGrant * producers;
  for (std::int64_t i = 0; i < producers; ++i) {
    self->state.producers.push_back(self->spawn(producer, caf::actor{self}, share));
  }
  return {[=](item_atom, const Payload&) {
    auto& state = self->state;
    if (--state.left == 0) return self->quit();
    if (--state.until_grant > 0) return;
    state.until_grant = kGrant * producers;
    for (const caf::actor& each : state.producers) self->send(each, grant_atom::value);
  }};
}

std::int64_t many_to_one(caf::actor_system& system, std::int64_t n) {
  const std::int64_t share = (n + kProducers - 1) / kProducers;
  await(system, system.spawn(consumer, kProducers, share));
  return share * kProducers;
}

// The producer keeps its worker busy, so the other worker takes the consumer.
std::int64_t cross_one_way(caf::actor_system& system, std::int64_t n) {
  await(system, system.spawn(consumer, std::int64_t{1}, n));
  return n;
}

// --- ring ----------------------------------------------------------------------------------------

struct NodeState {
  caf::actor next;
};

caf::behavior ring_node(caf::stateful_actor<NodeState>* self, const caf::actor& next) {
  self->state.next = next;
  return {
      [=](next_atom, const caf::actor& first) { self->state.next = first; },
      [=](token_atom, const Payload& token) {
        // Past zero the token makes one more round, in which every node passes it on and quits.
        self->send(self->state.next, token_atom::value, Payload{token.count - 1});
        if (token.count <= 0) self->quit();
      },
  };
}

std::int64_t ring(caf::actor_system& system, std::int64_t n) {
  const caf::actor last = system.spawn(ring_node, caf::actor{});
  caf::actor first = last;
  for (std::int64_t i = 1; i < kRingSize; ++i) first = system.spawn(ring_node, first);
  caf::anon_send(last, next_atom::value, first);
  caf::anon_send(first, token_atom::value, Payload{n});
  await(system, first);
  return n;
}

// --- spawn_exit ----------------------------------------------------------------------------------

struct ParentState {
  std::int64_t left = 0;
};

void exits_at_once(caf::event_based_actor*) {}

caf::behavior parent(caf::stateful_actor<ParentState>* self, std::int64_t children) {
  self->state.left = children;
  self->set_down_handler([=](const caf::down_msg&) {
    if (--self->state.left == 0) return self->quit();
    self->spawn<caf::monitored>(exits_at_once);
  });
  self->spawn<caf::monitored>(exits_at_once);
  return {[](get_atom) {}};
}

std::int64_t spawn_exit(caf::actor_system& system, std::int64_t n) {
  await(system, system.spawn(parent, n));
  return n;
}

// --- idle_bytes ----------------------------------------------------------------------------------

std::int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  statm >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

std::int64_t allocated_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<std::int64_t>(info.uordblks + info.hblkhd);
}

// Asks every actor once: an actor that was never scheduled is not yet an idle one.
bool all_answer(caf::actor_system& system, const std::vector<caf::actor>& actors) {
  caf::scoped_actor self{system};
  std::size_t answers = 0;
  for (const caf::actor& each : actors) {
    self->request(each, caf::infinite, get_atom::value)
        .receive([&](std::int64_t) { ++answers; }, [](const caf::error&) {});
  }
  return answers == actors.size();
}

bool idle_bytes(caf::actor_system& system, std::int64_t n) {
  std::vector<caf::actor> actors(static_cast<std::size_t>(n));
  const std::int64_t allocated = allocated_bytes();
  const std::int64_t resident = resident_bytes();
  for (caf::actor& each : actors) each = system.spawn(counter);
  if (!all_answer(system, actors)) return false;
  std::printf("idle_bytes %lld bytes/actor\n",
              static_cast<long long>((allocated_bytes() - allocated) / n));
  std::printf("idle_bytes_resident %lld bytes/actor\n",
              static_cast<long long>((resident_bytes() - resident) / n));
  return true;
}

// --- the command line ----------------------------------------------------------------------------

struct Rate {
  std::string_view name;
  std::string_view unit;
  std::size_t threads;
  std::int64_t (*workload)(caf::actor_system&, std::int64_t);
};

constexpr Rate kRates[] = {
    {"ping_pong", "round_trips/s", 1, ping_pong},
    {"call", "round_trips/s", 1, call},
    {"many_to_one", "messages/s", 1, many_to_one},
    {"ring", "hops/s", 1, ring},
    {"spawn_exit", "actors/s", 1, spawn_exit},
    {"cross_one_way", "messages/s", 2, cross_one_way},
    {"cross_round_trip", "round_trips/s", 2, cross_round_trip},
};

void configure(caf::actor_system_config& config, std::size_t threads) {
  config.set("scheduler.max-threads", threads);
  config.add_message_type<Payload>("payload");
}

// Runs a tenth as warm-up, then times the whole. The workload returns what it really did.
void print_rate(const Rate& rate, std::int64_t n) {
  caf::actor_system_config config;
  configure(config, rate.threads);
  caf::actor_system system{config};
  rate.workload(system, n / 10 + 1);
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t done = rate.workload(system, n);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  std::printf("%s %.0f %s\n", rate.name.data(), static_cast<double>(done) / elapsed.count(),
              rate.unit.data());
}

int fail(int status, const char* what, const char* detail) {
  std::fprintf(stderr, "%s%s\n", what, detail);
  return status;
}

std::optional<std::int64_t> parse_count(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count <= 0) return std::nullopt;
  return count;
}

int measure_idle_bytes(std::int64_t n) {
  caf::actor_system_config config;
  configure(config, 1);
  caf::actor_system system{config};
  return idle_bytes(system, n) ? 0 : fail(1, "idle_bytes failed: an actor did not answer", "");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return fail(2, "usage: caf_actors NAME N", "");
  const std::optional<std::int64_t> n = parse_count(argv[2]);
  if (!n) return fail(2, "N must be a positive whole number, not ", argv[2]);
  const std::string_view name = argv[1];
  if (name == "idle_bytes") return measure_idle_bytes(*n);
  if (name == "crash_restart") {
    std::puts("crash_restart - us");  // CAF has no supervisor
    return 0;
  }
  for (const Rate& rate : kRates) {
    if (rate.name != name) continue;
    print_rate(rate, *n);
    return 0;
  }
  return fail(2, "unknown benchmark ", argv[1]);
}
