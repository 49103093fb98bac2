#include "app/jobs/announcer.hpp"

#include <vector>

#include "app/rooms/realtime.hpp"
#include "db/database_world.hpp"

namespace coppice::app::jobs {
namespace {

using actors::pubsub::Delivery;
using actors::pubsub::Hub;
using Texts = std::vector<std::string>;

/// Notes what is said on the topic of the content.
class Listener final : public actors::Server<Listener> {
 public:
  Listener(std::shared_ptr<Hub> hub, std::shared_ptr<Texts> heard)
      : hub_(std::move(hub)), heard_(std::move(heard)) {}

  void init() { subscription_ = hub_->subscribe(std::string(Announcer::kTopic), self()); }

  void handle(const Delivery& delivery) {
    const auto& said = dynamic_cast<const rooms::TopicBroadcast&>(*delivery.broadcast).message;
    heard_->push_back(said.event() + " " + said.payload().bytes);
  }

 private:
  std::shared_ptr<Hub> hub_;
  std::shared_ptr<Texts> heard_;
  actors::pubsub::Subscription subscription_;
};

class AnnouncerTest : public db::DatabaseWorldTest {
 protected:
  AnnouncerTest() {
    start();
    hub_ = Hub::make(world_.runtime());
    listener_ = world_.spawn<Listener>(hub_, heard_);
    begin_anew();
    place_in_tree_ = world_.runtime().root()->child("announcer", supervisor::ChildType::worker, "");
    start_announcer();
  }

  /// As in another process: nothing is known of what was told.
  void begin_anew() {
    progress_ = std::make_shared<Announcer::Progress>();
    spec_ = supervisor::worker<Announcer>("announcer", *database_, hub_, slot_, progress_);
  }

  void start_announcer() {
    const auto started = world_.start(spec_.start, {.place = place_in_tree_});
    if (!started.ok()) throw std::runtime_error(started.reason.to_string());
    announcer_ = started.pid;
    ASSERT_TRUE(world_.run_until([this] { return progress_->seen.has_value(); }));
    world_.run();
  }

  void crash_announcer() {
    world_.runtime().crash(announcer_, "drill");
    world_.run();
  }

  void add_tag(const std::string& label) {
    db::must(execute(db::RunSql{"INSERT INTO tags (label, inserted_at, updated_at) VALUES ('" +
                                label + "', 'now', 'now')"}));
    poke(*slot_);
    world_.run();
  }

  /// What has been said since the last time.
  Texts heard() {
    world_.run();
    return std::exchange(*heard_, {});
  }

  std::shared_ptr<Hub> hub_;
  std::shared_ptr<Texts> heard_ = std::make_shared<Texts>();
  std::shared_ptr<Announcer::Slot> slot_ = std::make_shared<Announcer::Slot>("the announcer");
  std::shared_ptr<Announcer::Progress> progress_;
  supervisor::ChildSpec spec_;
  std::shared_ptr<actors::Place> place_in_tree_;
  actors::Ref<Listener> listener_;
  actors::Pid announcer_;
};

TEST_F(AnnouncerTest, TellsEachChangeOnce) {
  add_tag("a");
  add_tag("b");
  EXPECT_EQ(heard(), (Texts{R"(tag:reload {"id":1})", R"(tag:reload {"id":2})"}));
  poke(*slot_);
  EXPECT_EQ(heard(), Texts());
}

TEST_F(AnnouncerTest, TellsWhatHasChangedWhileItWasDown) {
  add_tag("a");
  crash_announcer();
  add_tag("b");
  EXPECT_EQ(heard(), (Texts{R"(tag:reload {"id":1})"}));
  start_announcer();
  EXPECT_EQ(heard(), (Texts{R"(tag:reload {"id":2})"}));
}

TEST_F(AnnouncerTest, TellsNothingOfWhatWasThereBeforeTheServer) {
  add_tag("a");
  std::ignore = heard();
  crash_announcer();
  begin_anew();
  start_announcer();
  EXPECT_EQ(heard(), Texts());
}

}  // namespace
}  // namespace coppice::app::jobs
