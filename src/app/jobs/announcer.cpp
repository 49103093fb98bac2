#include "app/jobs/announcer.hpp"

#include <tuple>

#include <fmt/format.h>

#include "app/content/resources.hpp"
#include "app/rooms/realtime.hpp"
#include "db/change_feed.hpp"

namespace coppice::app::jobs {

namespace {

constexpr auto kTimeout = std::chrono::seconds(5);
constexpr auto kRetry = std::chrono::milliseconds(200);
constexpr std::size_t kPage = 1'000;

using Page = std::optional<db::ChangePage>;

}  // namespace

Announcer::Announcer(db::Database database, std::shared_ptr<actors::pubsub::Hub> hub,
                     std::shared_ptr<Slot> slot, std::shared_ptr<Progress> progress)
    : database_(std::move(database)),
      hub_(std::move(hub)),
      slot_(std::move(slot)),
      progress_(std::move(progress)) {}

void Announcer::init() {
  slot_->enter(runtime(), cell().place());
  continue_with(Look{});
}

actors::Task<void> Announcer::handle(Look /*message*/) {
  if (!progress_->seen) {
    co_await find_start();
    co_return;
  }
  auto read = [since = *progress_->seen](db::Connection& db) {
    return db::changes_since(db, since, kPage);
  };
  const auto page = co_await database_.read(std::move(read), kTimeout);
  if (!page) {
    set_timer("look", kRetry, Look{});
    co_return;
  }
  if (!*page) {
    // A restore has changed everything, or more than the feed keeps.
    for (const auto& table : content::content_catalogue()->tables()) {
      announce(std::string(table->resource().name), 0);
    }
    co_await find_start();
    co_return;
  }
  for (const auto& change : (*page)->changes) announce(change.resource, change.id);
  progress_->seen = (*page)->next;
  if ((*page)->more) requeue(Look{});
}

actors::Task<void> Announcer::find_start() {
  auto read = [](db::Connection& db) { return db::read_position(db); };
  const auto position = co_await database_.read(std::move(read), kTimeout);
  if (position) {
    progress_->seen = *position;
  } else {
    set_timer("look", kRetry, Look{});
  }
}

void Announcer::announce(const std::string& resource, std::int64_t id) {
  const content::Table* table = content::content_catalogue()->find(resource);
  if (table == nullptr) return;
  ++progress_->announced;
  const std::string id_text = id == 0 ? "null" : std::to_string(id);
  hub_->broadcast(kTopic,
                  std::make_shared<rooms::TopicBroadcast>(
                      std::string(kTopic), fmt::format("{}:reload", table->resource().singular),
                      net::channels::Payload::json(fmt::format("{{\"id\":{}}}", id_text))));
}

std::string Announcer::describe() const {
  return fmt::format("{} changes announced", progress_->announced);
}

void poke(const Announcer::Slot& announcer) {
  const auto address = announcer.get();
  // A full mailbox holds a look that is still to come.
  if (address) std::ignore = address->cast(Announcer::Look{});
}

}  // namespace coppice::app::jobs
