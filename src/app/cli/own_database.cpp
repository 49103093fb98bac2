#include "app/cli/own_database.hpp"

#include <utility>

#include "app/config.hpp"
#include "app/database_folder.hpp"
#include "db/migrations.hpp"
#include "db/run_mark.hpp"

namespace coppice::app::cli {

actors::Result<OwnDatabase> take_database(const std::string& path) {
  if (auto made = make_database_folder(path); !made) return std::unexpected(made.error());
  auto writer = db::Connection::open({.path = path, .create = true});
  if (!writer) return std::unexpected(writer.error());
  auto guard = db::ProcessGuard::acquire(path);
  if (!guard) return std::unexpected(guard.error());
  if (auto begun = db::begin_run(*writer, db::Synchronous::full); !begun) {
    return std::unexpected(begun.error());
  }
  const auto migrations = db::Migrations::embedded();
  if (!migrations) return std::unexpected(migrations.error());
  const auto newer =
      allows_newer_schema(lookup_environment) ? db::NewerSchema::allowed : db::NewerSchema::refused;
  if (auto applied = migrations->apply_pending(*writer, newer); !applied) {
    return std::unexpected(applied.error());
  }
  return OwnDatabase{std::move(*writer), std::move(*guard)};
}

}  // namespace coppice::app::cli
