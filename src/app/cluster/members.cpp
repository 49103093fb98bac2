#include "app/cluster/members.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace coppice::app::cluster {
namespace {

constexpr auto kWarnsEvery = std::chrono::minutes(1);
constexpr auto kFarewellTime = std::chrono::milliseconds(400);

std::string place_of(const Status& status) {
  return status.region.empty() ? "" : fmt::format(" in {}", status.region);
}

std::size_t up_among(const std::map<std::string, Member>& members) {
  const auto is_up = [](const auto& each) { return each.second.is_up; };
  return static_cast<std::size_t>(std::ranges::count_if(members, is_up));
}

}  // namespace

Members::Members(std::shared_ptr<const Bus> bus, MembersOptions options,
                 std::shared_ptr<Acquaintance> known, std::shared_ptr<Slot> slot)
    : bus_(std::move(bus)),
      options_(std::move(options)),
      known_(std::move(known)),
      slot_(std::move(slot)) {}

void Members::init() {
  slot_->enter(runtime(), cell().place());
  send_every(options_.beat, Beat{}, "beat");
  look_who_is_silent();  // one that ends before its first beat would tell nobody
  say_how_it_is();
}

// The link is told to end next, and drops what it has not sent by then.
actors::Task<void> Members::terminate(actors::ExitReason /*reason*/) {
  if (!options_.is_ending()) co_return;
  bus_->tell_all(Kind::farewell, {});
  co_await bus_->flush(kFarewellTime);
}

void Members::handle(Beat /*message*/) {
  say_how_it_is();
  look_who_is_silent();
}

void Members::say_how_it_is() {
  bus_->tell_all(Kind::status, to_json(options_.status()));
  options_.presence_beats();
}

void Members::look_who_is_silent() {
  std::vector<std::string> gone;
  for (auto& [name, member] : members_) {
    const auto silent = now() - member.last_heard;
    if (silent > options_.gone_after) gone.push_back(name);
    if (silent <= options_.down_after) continue;
    if (std::exchange(member.is_up, false)) {
      SPDLOG_WARN("node {} has not been heard of for {} s: it is down", name,
                  std::chrono::duration_cast<std::chrono::seconds>(silent).count());
    }
    options_.is_down(name);
  }
  for (const auto& name : gone) {
    SPDLOG_INFO("node {} is forgotten", name);
    forget(name);
  }
  tell_who_is_gone();
  count();
}

void Members::forget(const std::string& node) {
  members_.erase(node);
  known_->gone[node] = kFarewells;
}

void Members::tell_who_is_gone() {
  for (auto each = known_->gone.begin(); each != known_->gone.end();) {
    options_.is_gone(each->first);
    each = --each->second > 0 ? std::next(each) : known_->gone.erase(each);
  }
}

void Members::count() {
  const auto up = up_among(members_);
  options_.counted(up, members_.size() - up);
  std::vector<Status> others;
  for (const auto& [name, member] : members_) {
    if (member.is_up) others.push_back(member.status);
  }
  options_.speaks(common_version(options_.status(), others));
}

void Members::handle(Heard message) {
  if (message.from.node == bus_->self().node) return warn_of_namesake(message.from.node);
  const auto known = members_.find(message.from.node);
  if (known == members_.end()) return welcome(std::move(message));
  renew(known->second, std::move(message));
}

void Members::welcome(Heard message) {
  if (members_.size() >= kMost) {
    if (!std::exchange(is_full_, true)) SPDLOG_ERROR("there are more than {} other nodes", kMost);
    return;
  }
  known_->gone.erase(message.from.node);
  const auto& [node, incarnation] = message.from;
  SPDLOG_INFO("node {}{} has joined, release {}", node, place_of(message.status),
              message.status.release);
  if (!understand_each_other(options_.status(), message.status)) {
    SPDLOG_ERROR(
        "node {} speaks another version of what nodes say to each other: deploy it, or "
        "this one",
        node);
  }
  members_.emplace(node, Member{.node = message.from,
                                .status = std::move(message.status),
                                .last_heard = now(),
                                .is_up = true});
  count();
  say_how_it_is();  // it may have started just now
}

void Members::renew(Member& member, Heard message) {
  if (message.from.incarnation < member.node.incarnation) {
    if (now() - member.last_heard < kStartIsOver) return warn_of_namesake(message.from.node);
    options_.is_gone(message.from.node);  // its clock has been set back, and so have its numbers
  }
  if (message.from.incarnation != member.node.incarnation) {
    SPDLOG_INFO("node {}{} has been started anew, release {}", message.from.node,
                place_of(message.status), message.status.release);
  } else if (!member.is_up) {
    SPDLOG_INFO("node {} is heard again", message.from.node);
  }
  member = {.node = std::move(message.from),
            .status = std::move(message.status),
            .last_heard = now(),
            .is_up = true};
  count();
}

void Members::warn_of_namesake(const std::string& node) {
  if (warned_of_namesake_ != actors::Time{} && now() - warned_of_namesake_ < kWarnsEvery) return;
  warned_of_namesake_ = now();
  SPDLOG_ERROR("two nodes are called {}: give each a NODE_NAME of its own", node);
}

void Members::handle(const Left& message) {
  const auto known = members_.find(message.from.node);
  if (known == members_.end() || known->second.node != message.from) return;
  SPDLOG_INFO("node {} has left", message.from.node);
  forget(message.from.node);
  tell_who_is_gone();
  count();
}

std::vector<Member> Members::handle(List /*message*/) {
  std::vector<Member> list;
  for (const auto& [name, member] : members_) list.push_back(member);
  return list;
}

std::string Members::describe() const {
  const auto up =
      std::ranges::count_if(members_, [](const auto& each) { return each.second.is_up; });
  return fmt::format("{}; {} other nodes, {} of them up", bus_->self().node, members_.size(), up);
}

}  // namespace coppice::app::cluster
