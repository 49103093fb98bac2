#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "app/content/resource/resource.hpp"
#include "db/connection.hpp"

namespace coppice::app::content {

/// The labels of one record's tags, sorted. Thread: that of @p db.
[[nodiscard]] actors::Result<std::vector<std::string>> tags_of(db::Connection& db,
                                                               const TagLink& link,
                                                               std::int64_t id);

/// Makes @p labels (sorted, each once) the tags of one record, and creates those that are new.
/// Writes only what differs. Thread: that of @p db, inside a transaction.
[[nodiscard]] actors::Result<void> set_tags(db::Connection& db, const TagLink& link,
                                            std::int64_t id,
                                            const std::vector<std::string>& labels);

}  // namespace coppice::app::content
