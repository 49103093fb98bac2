#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "actors/pubsub/hub.hpp"
#include "app/changes/follower.hpp"
#include "app/content/resources.hpp"
#include "db/database_world.hpp"

namespace coppice::app::changes {

/// A deterministic world with a database, and a follower of it once it is started.
class FollowedDatabaseTest : public db::DatabaseWorldTest {
 protected:
  FollowedDatabaseTest() { start(); }

  void start_follower() {
    place_of_follower_ = world_.runtime().root()->child("changes" + std::to_string(++starts_),
                                                        supervisor::ChildType::worker, "");
    const auto spec = supervisor::worker<Follower>(
        "changes", *database_, content::content_catalogue(), hub_, progress_, slot_);
    if (!world_.start(spec.start, {.place = place_of_follower_}).ok()) throw std::runtime_error("");
    world_.run();
  }

  void crash_follower() {
    world_.runtime().crash(place_of_follower_->pid(), "drill");
    world_.run();
  }

  void add_tag(const std::string& label) {
    db::must(execute(db::RunSql{"INSERT INTO tags (label, inserted_at, updated_at) VALUES ('" +
                                label + "', 'now', 'now')"}));
  }

  void look() {
    poke(*slot_);
    world_.run();
  }

  std::shared_ptr<actors::pubsub::Hub> hub_ = actors::pubsub::Hub::make(world_.runtime());
  std::shared_ptr<Follower::Progress> progress_ = std::make_shared<Follower::Progress>();
  std::shared_ptr<Follower::Slot> slot_ = std::make_shared<Follower::Slot>("the follower");
  std::shared_ptr<actors::Place> place_of_follower_;
  int starts_ = 0;
};

}  // namespace coppice::app::changes
