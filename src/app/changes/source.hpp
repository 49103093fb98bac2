#pragma once

#include <memory>

#include "actors/pubsub/hub.hpp"
#include "app/content/resource/table.hpp"
#include "db/database.hpp"

namespace coppice::app::changes {

/// Where those who follow changes get them from.
struct Source {
  db::Database database;
  std::shared_ptr<const content::Catalogue> catalogue;
  std::shared_ptr<actors::pubsub::Hub> hub;
};

}  // namespace coppice::app::changes
