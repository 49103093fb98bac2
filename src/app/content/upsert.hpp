#pragma once

#include "actors/result.hpp"
#include "app/content/asset.hpp"
#include "app/content/change.hpp"
#include "app/content/post.hpp"
#include "db/connection.hpp"

/// Records are found by what names them: a post by its slug, a project by its name, an asset by
/// its file name.
namespace coppice::app::content {

/// What an upsert would do now. Writes nothing. Thread: that of @p db.
[[nodiscard]] actors::Result<Change> compare(db::Connection& db, const Post& post);
[[nodiscard]] actors::Result<Change> compare(db::Connection& db, const Project& project);
[[nodiscard]] actors::Result<Change> compare(db::Connection& db, const Asset& asset);

/// Brings the record into the database; tags are created as needed, and nothing at all is written
/// when the database holds exactly this already.
///
/// Errors: those of the statements; conflict when another asset has the path.
/// Thread: that of @p db, inside a transaction.
[[nodiscard]] actors::Result<Change> upsert(db::Connection& db, const Post& post);
[[nodiscard]] actors::Result<Change> upsert(db::Connection& db, const Project& project);
[[nodiscard]] actors::Result<Change> upsert(db::Connection& db, const Asset& asset);

/// What a page needs to show the stored image @p name; nothing when there is none.
[[nodiscard]] actors::Result<std::optional<ImageInfo>> find_image(db::Connection& db,
                                                                  std::string_view name);

}  // namespace coppice::app::content
