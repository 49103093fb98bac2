#include "actors/place.hpp"

#include <algorithm>

#include "actors/reply.hpp"

namespace coppice::actors {
namespace {

std::string child_path(const Place* parent, std::string_view id) {
  if (parent == nullptr) return "/";
  std::string path = parent->path();
  if (!path.ends_with('/')) path += '/';
  path += id;
  path.shrink_to_fit();
  return path;
}

}  // namespace

Place::Place(Key /*key*/, const std::shared_ptr<Place>& parent, std::string_view id, Kind kind)
    : path_(child_path(parent.get(), id)),
      parent_(parent),
      id_at_(static_cast<std::uint32_t>(path_.size() - id.size())),
      kind_(kind) {}

std::shared_ptr<Place> Place::root() {
  auto root = std::make_shared<Place>(Key{}, nullptr, "", Kind::supervisor);
  root->describe("root");
  return root;
}

std::shared_ptr<Place> Place::child(std::string_view id, Kind kind, std::string description) {
  if (auto existing = find_child(id)) {
    existing->describe(std::move(description));
    return existing;
  }
  return add_child(id, kind, std::move(description));
}

std::shared_ptr<Place> Place::add_child(std::string_view id, Kind kind, std::string description) {
  auto child = std::make_shared<Place>(Key{}, shared_from_this(), id, kind);
  const std::lock_guard lock(mutex_);
  Family& family = this->family();
  if (!family.description || *family.description != description) {
    family.description = std::make_shared<const std::string>(std::move(description));
  }
  child->description_ = family.description;
  child->order_ = ++family.last_child;
  family.children.emplace(child->order_, child);
  family.by_id.emplace(child->id(), child.get());
  return child;
}

Place::Family& Place::family() {
  if (!family_) family_ = std::make_unique<Family>();
  return *family_;
}

Place::Troubles& Place::troubles() {
  if (!troubles_) troubles_ = std::make_unique<Troubles>();
  return *troubles_;
}

void Place::remove() {
  for (const auto& child : children()) child->remove();
  set_state(State::removed, {});
  drop_parked_mail("removed");
  if (const auto parent = parent_.lock()) {
    const std::lock_guard lock(parent->mutex_);
    Family& siblings = parent->family();
    const auto entry = siblings.by_id.find(id());
    if (entry != siblings.by_id.end() && entry->second == this) siblings.by_id.erase(entry);
    siblings.children.erase(order_);
  }
}

Place::State Place::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

Place::Snapshot Place::snapshot() const {
  const std::lock_guard lock(mutex_);
  return {.path = path_,
          .id = std::string(id()),
          .description = description_ ? *description_ : std::string(),
          .state = state_,
          .pid = pid(),
          .epoch = epoch(),
          .restarts = restarts_,
          .next_attempt_at = troubles_ ? troubles_->next_attempt_at : std::nullopt,
          .started_at = started_at_,
          .last_crash = troubles_ ? troubles_->last_crash : nullptr,
          .kind = kind_};
}

std::vector<std::shared_ptr<Place>> Place::children() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Place>> out;
  if (!family_) return out;
  out.reserve(family_->children.size());
  for (const auto& [order, child] : family_->children) out.push_back(child);
  return out;
}

std::size_t Place::child_count() const {
  const std::lock_guard lock(mutex_);
  return family_ ? family_->children.size() : 0;
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
  if (!family_) return nullptr;
  const auto entry = family_->by_id.find(id);
  return entry == family_->by_id.end() ? nullptr : entry->second->shared_from_this();
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
    if (next_attempt_at || troubles_) troubles().next_attempt_at = next_attempt_at;
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
  description_ = std::make_shared<const std::string>(std::move(description));
}

void Place::record_crash(std::shared_ptr<const CrashReport> report) {
  const std::lock_guard lock(mutex_);
  troubles().last_crash = std::move(report);
}

void Place::park_mail(MailQueue mail) {
  const std::lock_guard lock(mutex_);
  while (!mail.empty()) troubles().parked_mail.push(mail.pop());
}

MailQueue Place::take_parked_mail() {
  const std::lock_guard lock(mutex_);
  return troubles_ ? std::exchange(troubles_->parked_mail, MailQueue{}) : MailQueue{};
}

std::uint64_t Place::when_settled(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_settled(state_)) {
      Troubles& troubles = this->troubles();
      troubles.waiting.emplace_back(++troubles.last_token, std::move(callback));
      return troubles.last_token;
    }
  }
  callback();
  return 0;
}

void Place::cancel_wait(std::uint64_t token) {
  std::function<void()> callback;  // destroyed without the lock: what it owns may look at the place
  const std::lock_guard lock(mutex_);
  if (!troubles_) return;
  auto& waiting = troubles_->waiting;
  const auto entry = std::ranges::find(waiting, token, &Callbacks::value_type::first);
  if (entry == waiting.end()) return;
  callback = std::move(entry->second);
  waiting.erase(entry);
}

void Place::set_state(State state, Pid pid) {
  Callbacks settled;
  {
    const std::lock_guard lock(mutex_);
    state_ = state;
    pid_.store(pid.bits(), std::memory_order_release);
    if (troubles_ && state != State::restarting) troubles_->next_attempt_at.reset();
    if (troubles_ && is_settled(state)) settled.swap(troubles_->waiting);
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
