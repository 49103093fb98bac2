#pragma once

#include <cstddef>
#include <expected>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::db {

class Connection;

/// Why a script stopped, and where in its text.
struct ScriptError {
  actors::Error error;
  std::size_t offset = 0;  ///< In bytes; of the offending word where SQLite knows it.
};

/// Runs the statements of `sql` one after another, without caching them.
///
/// The caller holds the transaction: a statement of the script that would begin, end or nest one,
/// or attach another database, is refused as `forbidden` before it runs.
/// Errors: those of the first statement that fails; the ones before it have taken effect.
[[nodiscard]] std::expected<void, ScriptError> run_script(Connection& connection,
                                                          std::string_view sql);

}  // namespace coppice::db
