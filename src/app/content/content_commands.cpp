#include "app/content/content_commands.hpp"

#include "app/content/upsert.hpp"

namespace coppice::app::content {

actors::Result<Change> UpsertPost::run(db::Connection& db) const { return upsert(db, post); }

actors::Result<Change> UpsertProject::run(db::Connection& db) const { return upsert(db, project); }

actors::Result<Change> UpsertAsset::run(db::Connection& db) const { return upsert(db, asset); }

void add_content_commands(db::CommandRegistry& registry) {
  registry.add<UpsertPost>();
  registry.add<UpsertProject>();
  registry.add<UpsertAsset>();
}

}  // namespace coppice::app::content
