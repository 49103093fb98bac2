#pragma once

#include <functional>
#include <string_view>

#include "actors/result.hpp"
#include "app/content/resource/input.hpp"
#include "app/content/resource/table.hpp"
#include "app/content/resource/write_record.hpp"
#include "db/connection.hpp"

/// What a client sent, made into a command: with what follows from it and from what is stored. So
/// the writer need not validate, render or merge, and an update can't overwrite one that came in
/// between: its command expects the position that this was read at.
///
/// Errors of all: those of to_error(), and of the statements. Thread: that of @p db, a reader's.
namespace coppice::app::content {

[[nodiscard]] actors::Result<CreateRecord> plan_create(db::Connection& db, const Table& table,
                                                       Input input);

/// The same where nothing follows from what is stored: no reader is needed. Thread: any.
/// @pre table.resource().derive == nullptr
[[nodiscard]] actors::Result<CreateRecord> plan_plain_create(const Table& table, Input input);

enum class UpdateKind : bool {
  patch,    ///< What isn't given stays.
  replace,  ///< What isn't given is as in a new record.
};

/// Whether the client's precondition holds for a record at that position.
using Precondition = std::function<bool(std::string_view etag)>;

/// Errors: also not_found; stale_record() when the precondition doesn't hold.
[[nodiscard]] actors::Result<UpdateRecord> plan_update(db::Connection& db, const Table& table,
                                                       std::string_view address, Input input,
                                                       UpdateKind kind,
                                                       const Precondition& precondition);

/// As plan_update().
[[nodiscard]] actors::Result<DeleteRecord> plan_delete(db::Connection& db, const Table& table,
                                                       std::string_view address,
                                                       const Precondition& precondition);

}  // namespace coppice::app::content
