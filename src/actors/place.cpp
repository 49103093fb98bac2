#include "actors/place.hpp"

#include <algorithm>

#include "actors/reply.hpp"

namespace coppice::actors {
namespace {

std::string child_path(const Place* parent, const std::string& id) {
  if (parent == nullptr) return "/";
  return parent->path() == "/" ? "/" + id : parent->path() + "/" + id;
}

}  // namespace

Place::Place(Key /*key*/, const std::shared_ptr<Place>& parent, std::string id, Kind kind,
             std::string description)
    : id_(std::move(id)),
      path_(child_path(parent.get(), id_)),
      parent_(parent),
      kind_(kind),
      description_(std::move(description)) {}

std::shared_ptr<Place> Place::root(std::string id) {
  return std::make_shared<Place>(Key{}, nullptr, std::move(id), Kind::supervisor, "root");
}

std::shared_ptr<Place> Place::child(const std::string& id, Kind kind, std::string description) {
  if (auto existing = find_child(id)) {
    existing->describe(std::move(description));
    return existing;
  }
  return add_child(id, kind, std::move(description));
}

std::shared_ptr<Place> Place::add_child(std::string id, Kind kind, std::string description) {
  auto child = std::make_shared<Place>(Key{}, shared_from_this(), std::move(id), kind,
                                       std::move(description));
  const std::lock_guard lock(mutex_);
  child->order_ = ++last_child_;
  children_.emplace(child->order_, child);
  by_id_.emplace(child->id_, child.get());
  return child;
}

void Place::remove() {
  for (const auto& child : children()) child->remove();
  set_state(State::removed, {});
  drop_parked_mail("removed");
  if (const auto parent = parent_.lock()) {
    const std::lock_guard lock(parent->mutex_);
    const auto entry = parent->by_id_.find(id_);
    if (entry != parent->by_id_.end() && entry->second == this) parent->by_id_.erase(entry);
    parent->children_.erase(order_);
  }
}

Place::State Place::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

Place::Snapshot Place::snapshot() const {
  const std::lock_guard lock(mutex_);
  return {.path = path_,
          .id = id_,
          .description = description_,
          .state = state_,
          .pid = pid(),
          .epoch = epoch(),
          .restarts = restarts_,
          .next_attempt_at = next_attempt_at_,
          .started_at = started_at_,
          .last_crash = last_crash_,
          .kind = kind_};
}

std::vector<std::shared_ptr<Place>> Place::children() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Place>> out;
  out.reserve(children_.size());
  for (const auto& [order, child] : children_) out.push_back(child);
  return out;
}

std::size_t Place::child_count() const {
  const std::lock_guard lock(mutex_);
  return children_.size();
}

std::shared_ptr<Place> Place::find(std::string_view path) {
  auto place = shared_from_this();
  while (!path.empty() && place) {
    const auto slash = path.find('/');
    const std::string_view id = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (!id.empty()) place = place->find_child(id);
  }
  return place;
}

std::shared_ptr<Place> Place::find_child(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto entry = by_id_.find(id);
  return entry == by_id_.end() ? nullptr : entry->second->shared_from_this();
}

void Place::starting(bool counts_as_restart) {
  {
    const std::lock_guard lock(mutex_);
    next_is_restart_ = counts_as_restart;
  }
  set_state(State::starting, {});
}

void Place::running(Pid pid, Time now) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::removed) return;  // the supervisor has gone, and the actor will
    epoch_.fetch_add(1, std::memory_order_release);
    started_at_ = now;
    if (std::exchange(next_is_restart_, false)) ++restarts_;
  }
  set_state(State::running, pid);
}

void Place::ended(Pid pid, bool is_supervised) {
  {
    const std::lock_guard lock(mutex_);
    if (this->pid() != pid) return;
    pid_.store(0, std::memory_order_release);
    if (is_supervised) {
      // Its supervisor says next what becomes of it.
      if (state_ == State::running) state_ = State::restarting;
      return;
    }
  }
  stopped();
}

void Place::restarting(std::optional<Time> next_attempt_at) {
  {
    const std::lock_guard lock(mutex_);
    next_attempt_at_ = next_attempt_at;
  }
  set_state(State::restarting, {});
}

void Place::stopping() {
  const std::lock_guard lock(mutex_);
  state_ = State::stopping;
}

void Place::stopped() {
  for (const auto& child : children()) child->stopped();
  set_state(State::stopped, {});
  drop_parked_mail("stopped");
}

// Nobody will take the mail any more: its senders are told.
void Place::drop_parked_mail(std::string_view why) {
  const DropScope dropped(Error(Errc::noproc, path_ + " was " + std::string(why)));
  take_parked_mail().clear();
}

void Place::describe(std::string description) {
  const std::lock_guard lock(mutex_);
  description_ = std::move(description);
}

void Place::record_crash(std::shared_ptr<const CrashReport> report) {
  const std::lock_guard lock(mutex_);
  last_crash_ = std::move(report);
}

void Place::park_mail(MailQueue mail) {
  const std::lock_guard lock(mutex_);
  while (!mail.empty()) parked_mail_.push(mail.pop());
}

MailQueue Place::take_parked_mail() {
  const std::lock_guard lock(mutex_);
  return std::exchange(parked_mail_, MailQueue{});
}

std::uint64_t Place::when_settled(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_settled(state_)) {
      waiting_.emplace_back(++last_token_, std::move(callback));
      return last_token_;
    }
  }
  callback();
  return 0;
}

void Place::cancel_wait(std::uint64_t token) {
  std::function<void()> callback;  // destroyed without the lock: what it owns may look at the place
  const std::lock_guard lock(mutex_);
  const auto entry = std::ranges::find(waiting_, token, &Callbacks::value_type::first);
  if (entry == waiting_.end()) return;
  callback = std::move(entry->second);
  waiting_.erase(entry);
}

void Place::set_state(State state, Pid pid) {
  Callbacks settled;
  {
    const std::lock_guard lock(mutex_);
    state_ = state;
    if (state != State::restarting) next_attempt_at_.reset();
    pid_.store(pid.bits(), std::memory_order_release);
    if (is_settled(state)) settled.swap(waiting_);
  }
  for (const auto& [token, callback] : settled) callback();
}

bool Place::is_settled(State state) noexcept {
  return state == State::running || state == State::stopped || state == State::removed;
}

std::string_view to_string(Place::State state) noexcept {
  using enum Place::State;
  switch (state) {
    case starting: return "starting";
    case running: return "running";
    case restarting: return "restarting";
    case stopping: return "stopping";
    case stopped: return "stopped";
    case removed: return "removed";
  }
  return "unknown";
}

}  // namespace coppice::actors
