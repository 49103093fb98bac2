#include "actors/presence/roster.hpp"

#include <chrono>
#include <random>
#include <tuple>

#include "actors/message.hpp"
#include "actors/presence/json.hpp"
#include "actors/presence/presence.hpp"
#include "actors/runtime.hpp"
#include "actors/shard.hpp"

namespace coppice::actors::presence {

/// One member: what it is, and what clients were told that it is.
struct Tracked::Record {
  Pid owner;
  EntryPtr entry;
  EntryPtr announced;  // null if clients don't know the member yet
  bool present = true;
  bool changed = false;  // it is in changed_
};

namespace {

std::uint64_t random_bits(const std::optional<std::uint64_t>& seed) {
  if (seed) return *seed;
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

std::uint64_t microseconds_since_1970() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

Result<void> check(std::string_view topic, std::string_view key, std::string_view meta) {
  if (!is_utf8(topic)) return fail(Errc::invalid_argument, "the topic is not UTF-8");
  if (!is_utf8(key)) return fail(Errc::invalid_argument, "the key is not UTF-8");
  if (!looks_like_object(meta)) {
    return fail(Errc::invalid_argument, "the meta is not a JSON object in UTF-8");
  }
  return {};
}

}  // namespace

// -- Tracked -------------------------------------------------------------------------------------

Tracked::Tracked(Tracked&& other) noexcept
    : roster_(std::move(other.roster_)), record_(std::exchange(other.record_, nullptr)) {}

Tracked& Tracked::operator=(Tracked&& other) noexcept {
  if (this != &other) {
    untrack();
    roster_ = std::move(other.roster_);
    record_ = std::exchange(other.record_, nullptr);
  }
  return *this;
}

EntryPtr Tracked::entry() const { return roster_->entry_of(*record_); }

Result<void> Tracked::update(std::string meta) {
  if (!roster_) return fail(Errc::not_found, "nothing is tracked");
  return roster_->update(*record_, std::move(meta));
}

void Tracked::untrack() noexcept {
  if (const auto roster = std::exchange(roster_, nullptr)) {
    roster->untrack(*std::exchange(record_, nullptr));
  }
}

// -- Counted -------------------------------------------------------------------------------------

Counted::Counted(Counted&& other) noexcept
    : roster_(std::move(other.roster_)), topic_(std::exchange(other.topic_, nullptr)) {}

Counted& Counted::operator=(Counted&& other) noexcept {
  if (this != &other) {
    leave();
    roster_ = std::move(other.roster_);
    topic_ = std::exchange(other.topic_, nullptr);
  }
  return *this;
}

void Counted::leave() noexcept {
  if (const auto roster = std::exchange(roster_, nullptr)) {
    roster->leave(*std::exchange(topic_, nullptr));
  }
}

// -- Roster --------------------------------------------------------------------------------------

std::shared_ptr<Roster> Roster::make(Runtime& runtime, RosterOptions options) {
  return std::shared_ptr<Roster>(new Roster(runtime, std::move(options)));
}

Roster::Roster(Runtime& runtime, RosterOptions options)
    : runtime_(runtime),
      node_(std::move(options.node)),
      process_(random_bits(options.seed)),
      max_counted_topics_(options.max_counted_topics),
      epoch_(microseconds_since_1970()) {}

Roster::~Roster() = default;

Result<Tracked> Roster::track(Pid owner, std::string topic, std::string key, std::string meta) {
  if (const auto checked = check(topic, key, meta); !checked) {
    return std::unexpected(checked.error());
  }
  auto record = std::make_unique<Record>();
  Record& added = *record;
  added.owner = owner;
  Pid presence;
  {
    const std::lock_guard lock(mutex_);
    if (records_.contains(Identity{owner, topic, key})) {
      return fail(Errc::already_present, "\"" + key + "\" on \"" + topic + "\"");
    }
    added.entry = std::make_shared<const Entry>(Entry{.topic = std::move(topic),
                                                      .key = std::move(key),
                                                      .meta = std::move(meta),
                                                      .ref = next_ref()});
    records_.insert(std::move(record));
    mark_changed(added);
    presence = whom_to_ring();
  }
  ring(presence);
  return Tracked(shared_from_this(), added);
}

Result<void> Roster::update(Record& record, std::string meta) {
  if (!looks_like_object(meta)) return check({}, {}, meta);
  Pid presence;
  {
    const std::lock_guard lock(mutex_);
    // Of several updates that clients hear of as one, they know the version before the first.
    const Entry& replaced = record.announced ? *record.announced : *record.entry;
    record.entry = std::make_shared<const Entry>(Entry{.topic = replaced.topic,
                                                       .key = replaced.key,
                                                       .meta = std::move(meta),
                                                       .ref = next_ref(),
                                                       .previous = replaced.ref});
    mark_changed(record);
    presence = whom_to_ring();
  }
  ring(presence);
  return {};
}

void Roster::untrack(Record& record) noexcept {
  Pid presence;
  {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(identity_of(record));
    record.present = false;
    mark_changed(record);
    departed_.push_back(std::move(records_.extract(found).value()));
    presence = whom_to_ring();
  }
  ring(presence);
}

EntryPtr Roster::entry_of(const Record& record) const {
  const std::lock_guard lock(mutex_);
  return record.entry;
}

void Roster::request_state(std::string topic, pubsub::SubscriptionId receiver) {
  Pid presence;
  {
    const std::lock_guard lock(mutex_);
    state_requests_.push_back({.topic = std::move(topic), .receiver = receiver});
    presence = whom_to_ring();
  }
  ring(presence);
}

Result<Counted> Roster::count_in(const std::string& topic) {
  if (!is_utf8(topic)) return fail(Errc::invalid_argument, "the topic is not UTF-8");
  Counted::Topic* counted = nullptr;
  Pid presence;
  {
    const std::lock_guard lock(mutex_);
    const auto found = counted_.find(topic);
    if (found == counted_.end() && counted_.size() >= max_counted_topics_) {
      return fail(Errc::overloaded, "too many topics are counted");
    }
    const auto at = found == counted_.end() ? counted_.try_emplace(topic).first : found;
    counted = &at->second;
    counted->name = at->first;
    ++counted->members;
    mark_changed(*counted);
    presence = whom_to_ring();
  }
  ring(presence);
  return Counted(shared_from_this(), *counted);
}

void Roster::leave(Counted::Topic& topic) noexcept {
  Pid presence;
  {
    const std::lock_guard lock(mutex_);
    --topic.members;
    mark_changed(topic);
    presence = whom_to_ring();
  }
  ring(presence);
}

void Roster::request_count(std::string topic, pubsub::SubscriptionId receiver) {
  Pid presence;
  {
    const std::lock_guard lock(mutex_);
    count_requests_.push_back({.topic = std::move(topic), .receiver = receiver});
    presence = whom_to_ring();
  }
  ring(presence);
}

std::size_t Roster::count() const {
  const std::lock_guard lock(mutex_);
  return records_.size();
}

std::size_t Roster::counted_topics() const {
  const std::lock_guard lock(mutex_);
  return counted_.size();
}

Roster::Members Roster::members(std::string_view topic) const {
  Members members;
  const std::lock_guard lock(mutex_);
  for (const auto& record : records_) {
    const auto identity = identity_of(*record);
    if (identity.topic == topic) ++members.metas[std::string(identity.key)];
  }
  const auto counted = counted_.find(topic);
  if (counted != counted_.end()) members.counted = counted->second.members;
  return members;
}

std::map<std::string, std::uint64_t> Roster::topic_sizes() const {
  std::map<std::string, std::uint64_t> sizes;
  const std::lock_guard lock(mutex_);
  for (const auto& record : records_) ++sizes[std::string(identity_of(*record).topic)];
  for (const auto& [topic, counted] : counted_) sizes[std::string(topic)] += counted.members;
  return sizes;
}

// -- the Presence actor's side -------------------------------------------------------------------

Roster::Attached Roster::attach(Pid presence) {
  const std::lock_guard lock(mutex_);
  presence_ = presence;
  rung_ = false;
  Attached attached{.replica = {.node = node_, .epoch = ++epoch_},
                    .predecessor = std::exchange(retired_, std::nullopt),
                    .announced = {},
                    .counts = {}};
  for (const auto& record : records_) {
    if (record->announced) attached.announced.push_back(record->announced);
  }
  for (const auto& record : departed_) {
    if (record->announced) attached.announced.push_back(record->announced);
  }
  std::ignore = take_counts();
  for (const auto& [topic, counted] : counted_) {
    attached.counts.push_back({.topic = topic, .members = counted.members});
  }
  return attached;
}

void Roster::retire(State state) noexcept {
  const std::lock_guard lock(mutex_);
  retired_.emplace(std::move(state));
}

Roster::News Roster::take() {
  const std::lock_guard lock(mutex_);
  rung_ = false;
  News news{.moves = {},
            .counts = take_counts(),
            .state_requests = std::exchange(state_requests_, {}),
            .count_requests = std::exchange(count_requests_, {})};
  news.moves.reserve(changed_.size());
  for (Record* record : changed_) {
    record->changed = false;
    const EntryPtr now = record->present ? record->entry : nullptr;
    if (now != record->announced) {
      news.moves.push_back({.left = std::exchange(record->announced, now), .joined = now});
    }
  }
  changed_.clear();
  departed_.clear();
  return news;
}

MetaRef Roster::next_ref() noexcept { return {process_, ++last_ref_}; }

void Roster::mark_changed(Record& record) {
  if (!std::exchange(record.changed, true)) changed_.push_back(&record);
}

void Roster::mark_changed(Counted::Topic& topic) {
  if (!std::exchange(topic.changed, true)) recounted_.push_back(&topic);
}

// Topics are forgotten here, not before, so that their end is news like any other.
std::vector<TopicCount> Roster::take_counts() {
  std::vector<TopicCount> counts;
  counts.reserve(recounted_.size());
  for (Counted::Topic* topic : std::exchange(recounted_, {})) {
    topic->changed = false;
    counts.push_back({.topic = std::string(topic->name), .members = topic->members});
    if (topic->members == 0) counted_.erase(counted_.find(topic->name));
  }
  return counts;
}

// One ring for however much news there is by the time it is taken.
Pid Roster::whom_to_ring() noexcept { return std::exchange(rung_, true) ? Pid() : presence_; }

void Roster::ring(Pid presence) noexcept {
  if (!presence) return;
  auto wake = std::make_unique<actors::detail::MessageEnvelope<Presence, Presence::Wake>>(
      Pid(), presence, Lane::signal, Presence::Wake{});
  Shard* shard = Shard::current();
  if (shard != nullptr && &shard->runtime() == &runtime_) {
    shard->send_signal(std::move(wake));
  } else {
    runtime_.send_signal(std::move(wake));
  }
}

std::size_t Roster::Hash::operator()(const Identity& identity) const noexcept {
  const std::hash<std::string_view> hash;
  std::size_t seed = std::hash<Pid>{}(identity.owner);
  for (const std::string_view part : {identity.topic, identity.key}) {
    seed ^= hash(part) + 0x9E3779B97F4A7C15ULL + (seed << 6U) + (seed >> 2U);
  }
  return seed;
}

std::size_t Roster::Hash::operator()(const std::unique_ptr<Record>& record) const noexcept {
  return (*this)(identity_of(record));
}

Roster::Identity Roster::identity_of(const Record& record) noexcept {
  return {.owner = record.owner, .topic = record.entry->topic, .key = record.entry->key};
}

}  // namespace coppice::actors::presence
