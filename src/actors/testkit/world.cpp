#include "actors/testkit/world.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "actors/blocking_pool.hpp"
#include "actors/shard.hpp"
#include "actors/throw_trace.hpp"

namespace coppice::actors::testkit {
namespace {

std::uint64_t choose_seed(const std::optional<std::uint64_t>& wanted) {
  if (wanted) return *wanted;
  if (const char* text = std::getenv("COPPICE_SEED")) return std::strtoull(text, nullptr, 10);
  return std::random_device{}();
}

constinit bool (*test_has_failed)() = nullptr;

}  // namespace

World::World(WorldOptions options)
    : options_(options), seed_(choose_seed(options.seed)), random_(seed_) {
  runtime_ = std::make_unique<Runtime>(
      RuntimeOptions{.shards = options.shards, .clock = clock_, .manual = true});
  runtime_->set_driver([this](Time until) { return drive(until); });
  subscription_ = runtime_->events().attach([this](const Event& event) { remember(event); });
  ThrowTrace::enable(true);
}

void World::print_seed_if(bool (*has_failed)()) noexcept { test_has_failed = has_failed; }

World::~World() {
  if (options_.order == Order::random && test_has_failed != nullptr && test_has_failed()) {
    std::cerr << "To play the same order again: COPPICE_SEED=" << seed_ << '\n';
  }
  subscription_.reset();
  runtime_.reset();
  ThrowTrace::enable(false);
}

bool World::take_in_all() {
  bool came = false;
  BlockingPool& jobs = runtime_->blocking_pool();
  while (jobs.begin_one()) came = true;
  while (!hold_blocking_jobs_ && jobs.finish_one()) came = true;
  for (Shard* shard : runtime_->all_shards()) {
    shard->run_as_current([&] { came |= shard->take_in(); });
  }
  return came;
}

bool World::step() {
  take_in_all();
  const auto shards = runtime_->all_shards();
  std::size_t ready = 0;
  for (const Shard* shard : shards) ready += shard->ready_count();
  if (ready == 0) return false;
  ++turns_;
  std::size_t chosen = options_.order == Order::random
                           ? std::uniform_int_distribution<std::size_t>(0, ready - 1)(random_)
                           : 0;
  for (Shard* shard : shards) {
    if (chosen < shard->ready_count()) {
      shard->run_as_current([&] { shard->run_nth(chosen, 1); });
      break;
    }
    chosen -= shard->ready_count();
  }
  return true;
}

bool World::step(Pid pid) {
  take_in_all();
  Shard& shard = runtime_->shard(pid.shard());
  const auto position = shard.ready_position(pid);
  if (!position) return false;
  ++turns_;
  shard.run_as_current([&] { shard.run_nth(*position, 1); });
  return true;
}

bool World::promote(Pid pid, std::size_t nth) {
  take_in_all();
  Cell* cell = runtime_->shard(pid.shard()).slots().cell(pid);
  return cell != nullptr && cell->promote(nth);
}

std::size_t World::run() {
  std::size_t turns = 0;
  do {
    while (step()) ++turns;
  } while (take_in_all());
  return turns;
}

void World::advance(Duration by) {
  const Time target = now() + by;
  run();
  while (const auto next = next_deadline()) {
    if (*next > target) break;
    clock_->set(std::max(now(), *next));
    run();
  }
  clock_->set(target);
  run();
}

bool World::advance_to_next_timer() {
  run();
  const auto next = next_deadline();
  if (!next) return false;
  clock_->set(std::max(now(), *next));
  run();
  return true;
}

bool World::run_until(const std::function<bool()>& done) {
  while (!done()) {
    if (!drive(Time::max())) return done();
  }
  return true;
}

std::optional<Time> World::next_deadline() const {
  std::optional<Time> earliest;
  for (Shard* shard : runtime_->all_shards()) {
    const auto next = shard->timers().next_deadline();
    if (next && (!earliest || *next < *earliest)) earliest = next;
  }
  return earliest;
}

bool World::drive(Time until) {
  if (step() || take_in_all()) return true;
  const auto next = next_deadline();
  if (next && *next <= until) {
    clock_->set(std::max(now(), *next));
    return true;
  }
  if (until != Time::max() && now() < until) clock_->set(until);
  return false;
}

void World::remember(const Event& event) {
  Seen seen{.kind = event.kind,
            .pid = event.pid,
            .path = std::string(event.path),
            .type = std::string(event.type),
            .detail = std::string(event.detail),
            .duration = event.duration,
            .value = event.value,
            .reason = {},
            .crash = {}};
  if (event.reason != nullptr) seen.reason = *event.reason;
  if (event.crash != nullptr) seen.crash = std::make_shared<const CrashReport>(*event.crash);
  events_.push_back(std::move(seen));
}

std::vector<World::Seen> World::events(EventKind kind) const {
  std::vector<Seen> out;
  std::ranges::copy_if(events_, std::back_inserter(out),
                       [kind](const Seen& seen) { return seen.kind == kind; });
  return out;
}

std::size_t Journal::count(std::string_view entry) const {
  return static_cast<std::size_t>(std::ranges::count(entries_, entry));
}

}  // namespace coppice::actors::testkit
