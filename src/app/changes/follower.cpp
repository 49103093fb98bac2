#include "app/changes/follower.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "app/rooms/content_channel.hpp"
#include "db/position.hpp"

namespace coppice::app::changes {

using actors::Result;
using actors::Task;
using content::Table;

namespace {

constexpr auto kLookTimeout = std::chrono::seconds(5);
constexpr auto kLookAgainAfter = std::chrono::milliseconds(200);
constexpr actors::Duration kPatience = std::chrono::seconds(2);
constexpr actors::Duration kMostPatience = std::chrono::minutes(1);
constexpr std::size_t kPage = 200;

using Page = std::optional<ChangesPage>;

Result<Page> read_page(db::Connection& db, const content::Catalogue& catalogue,
                       db::Position since) {
  std::vector<const Table*> tables;
  for (const auto& table : catalogue.tables()) tables.push_back(table.get());
  return read_changes(db, tables, {since}, kPage);
}

}  // namespace

Follower::Follower(db::Database database, std::shared_ptr<const content::Catalogue> catalogue,
                   std::shared_ptr<actors::pubsub::Hub> hub, std::shared_ptr<Progress> progress,
                   std::shared_ptr<Slot> slot)
    : database_(std::move(database)),
      catalogue_(std::move(catalogue)),
      hub_(std::move(hub)),
      progress_(std::move(progress)),
      slot_(std::move(slot)),
      patience_(kPatience / 2) {}

void Follower::init() {
  slot_->enter(runtime(), cell().place());
  continue_with(Look{});
}

Task<void> Follower::handle(Look /*message*/) {
  // An exchange, not a store: it sees the commits of those who found `told` true.
  const bool was_told = slot_->told.exchange(false);
  const Result<bool> more = co_await look();
  failure_ = more ? std::string() : more.error().message();
  if (more && *more) {
    requeue(Look{});
    co_return;
  }
  patience_ = was_told ? kPatience : std::min(2 * patience_, kMostPatience);
  set_timer("look", more ? patience_ : actors::Duration(kLookAgainAfter), Look{});
}

/// Whether there is more to look at.
Task<Result<bool>> Follower::look() {
  if (!progress_->seen) co_return co_await begin(false);
  auto read = [catalogue = catalogue_, since = *progress_->seen](db::Connection& db) {
    return read_page(db, *catalogue, since);
  };
  Result<Page> page = co_await database_.read(std::move(read), kLookTimeout);
  if (!page) co_return std::unexpected(std::move(page.error()));
  if (!*page) co_return co_await begin(true);
  const bool more = (*page)->more;
  tell(std::move(**page));
  co_return more;
}

/// Starts from where the database is now. Who followed before that learns of it: a restore has
/// changed everything, or more than the feed keeps; or they were there first.
Task<Result<bool>> Follower::begin(bool anew) {
  auto read = [](db::Connection& db) { return db::read_position(db); };
  const auto now = co_await database_.read(std::move(read), kLookTimeout);
  if (!now) co_return std::unexpected(now.error());
  for (const auto& table : catalogue_->tables()) {
    progress_->told[std::string(table->resource().name)] = *now;
    publish(*table, *now, {}, anew);
    if (anew) announce_reload(*table, 0, true);
  }
  progress_->seen = *now;
  co_return false;
}

void Follower::tell(ChangesPage page) {
  for (auto& [table, changes] : page.tables) {
    if (changes.empty()) continue;
    const auto copy = changes;
    publish(*table, page.next, std::move(changes), false);
    const View of_the_public{.table = table};
    for (const ChangePtr& change : copy) {
      announce_reload(*table, change->id(), change->concerns(of_the_public));
    }
    told_ += copy.size();
  }
  progress_->seen = page.next;
}

void Follower::publish(const Table& table, db::Position through, std::vector<ChangePtr> changes,
                       bool anew) {
  db::Position& told = progress_->told[std::string(table.resource().name)];
  hub_->broadcast_local(topic_of(table.resource().name),
                        std::make_shared<Batch>(told, through, std::move(changes), anew));
  told = through;
}

void Follower::announce_reload(const Table& table, std::int64_t id, bool to_all) {
  const std::string id_text = id == 0 ? "null" : std::to_string(id);
  std::string topic(kReloadTopic);
  auto event = fmt::format("{}:reload", table.resource().singular);
  auto payload = net::channels::Payload::json(fmt::format("{{\"id\":{}}}", id_text));
  actors::pubsub::BroadcastPtr notice;
  if (to_all) {
    notice = std::make_shared<rooms::TopicBroadcast>(std::move(topic), std::move(event),
                                                     std::move(payload));
  } else {
    notice = std::make_shared<rooms::HiddenBroadcast>(std::move(topic), std::move(event),
                                                      std::move(payload));
  }
  hub_->broadcast_local(kReloadTopic, std::move(notice));
}

std::string Follower::describe() const {
  const std::string at = progress_->seen ? db::to_string(*progress_->seen) : "the beginning";
  const std::string state = fmt::format("{} changes told, at {}", told_, at);
  return failure_.empty() ? state : fmt::format("{}; {}", state, failure_);
}

void poke(Follower::Slot& follower) {
  const auto address = follower.get();
  if (!address || follower.told.exchange(true)) return;
  // Nobody there: the next incarnation looks first thing.
  if (!address->cast(Follower::Look{})) follower.told = false;
}

}  // namespace coppice::app::changes
