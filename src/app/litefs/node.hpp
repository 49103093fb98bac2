#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "actors/result.hpp"
#include "app/litefs/settings.hpp"
#include "app/outgoing/http_stream.hpp"
#include "db/database.hpp"
#include "db/litefs/event.hpp"
#include "db/litefs/position_file.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::app::litefs {

/// What one look at LiteFS has found.
struct Sight {
  actors::Result<db::litefs::Info> info;
  actors::Result<db::litefs::Transaction> position;  ///< Of the database, as the mount says.
  std::optional<std::chrono::milliseconds> lag{};    ///< As the mount says, if it does.
};

/// How LiteFS is asked; tests have others. Both block.
struct Senses {
  std::function<Sight()> look;
  /// Reads the stream of events until it ends or @p stop is requested, a line at a time, and tells
  /// why it ended.
  std::function<actors::Error(const outgoing::TakeLine& line, const std::stop_token& stop)> listen;
};

[[nodiscard]] Senses senses_of(const Settings& settings, const std::filesystem::path& database);

/// How the database on LiteFS's mount is replicated: down, until LiteFS has been asked.
[[nodiscard]] std::shared_ptr<db::Replication> replication_of(
    const std::filesystem::path& database);

/// Asks LiteFS, and refuses a DATABASE_PATH that is not replicated; see check_mount(). A LiteFS
/// that does not answer yet is no reason to refuse.
/// @param must_be_mount  Whether a folder that nobody has mounted is refused, or only warned of.
[[nodiscard]] actors::Result<void> check_start(const Settings& settings,
                                               const std::filesystem::path& database,
                                               bool must_be_mount);

/// The supervisor `litefs`: `role` keeps the node's standing, and has the database follow it;
/// `events` listens to LiteFS.
/// @param arrived  Called when a transaction has arrived, or may have. Thread: any.
[[nodiscard]] supervisor::ChildSpec litefs_child(const db::Database& database, Senses senses,
                                                 std::function<void()> arrived);

}  // namespace coppice::app::litefs
