#include "app/content/content_commands.hpp"

#include <utility>

#include "app/content/upsert.hpp"

namespace coppice::app::content {

namespace {

using actors::Result;

// What the importer saw may have changed until the writer came to it: so this is asked again here.
template <class Imported>
Result<Change> upsert_from(db::Connection& db, const Imported& record, const ImportSource& source) {
  if (source.digest.empty()) return upsert(db, record);
  const auto target = target_of(record);
  if (!source.force) {
    const auto state = import_state(db, target, source.digest);
    if (!state) return std::unexpected(state.error());
    if (*state == ImportState::edited) return Change{};
  }
  auto change = upsert(db, record);
  if (!change) return change;
  if (auto remembered = remember_import(db, target, source); !remembered) {
    return std::unexpected(std::move(remembered.error()));
  }
  return change;
}

}  // namespace

Result<Change> UpsertPost::run(db::Connection& db) const { return upsert_from(db, post, source); }

Result<Change> UpsertProject::run(db::Connection& db) const {
  return upsert_from(db, project, source);
}

Result<Change> UpsertAsset::run(db::Connection& db) const { return upsert_from(db, asset, source); }

void add_content_commands(db::CommandRegistry& registry) {
  registry.add<UpsertPost>();
  registry.add<UpsertProject>();
  registry.add<UpsertAsset>();
}

}  // namespace coppice::app::content
