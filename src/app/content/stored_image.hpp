#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "db/connection.hpp"
#include "db/stored_blob.hpp"

namespace coppice::app::content {

/// One state of a stored image. Whoever reads its bytes in several reads, each on a snapshot of its
/// own, has those of this state or none.
struct StoredImage {
  std::int64_t id = 0;
  /// The position of its record's last change; without quotes. Other bytes have another, and so
  /// have the same bytes after a change of what is said of them: reads of the former state end.
  std::string etag;
  std::string content_type;
};

/// The image @p name as it is now; nothing when there is none. Errors: those of the statement.
/// Thread: that of @p db.
[[nodiscard]] actors::Result<std::optional<StoredImage>> find_stored_image(db::Connection& db,
                                                                           std::string_view name);

/// The image's bytes, of which any part can be read. Errors: conflict when it has been changed or
/// deleted meanwhile; those of reading. @pre In a transaction, which the result must not outlive.
[[nodiscard]] actors::Result<db::StoredBlob> open_stored_image(db::Connection& db,
                                                               const StoredImage& image);

}  // namespace coppice::app::content
