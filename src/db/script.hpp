#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::db {

class Connection;

/// Why a script stopped, and where in its text.
struct ScriptError {
  actors::Error error;
  std::size_t offset = 0;     ///< In bytes; of the offending word where SQLite knows it.
  std::size_t completed = 0;  ///< How many statements had run before.
};

/// Who begins and ends transactions while a script runs.
enum class TransactionControl : std::uint8_t {
  /// The caller: a statement that would begin, end or nest one is refused, and so is a pragma that
  /// has no effect inside a transaction or outlives it, such as foreign_keys.
  callers,
  scripts,  ///< The script: its statements run each on its own unless it says otherwise.
};

/// Runs the statements of `sql` one after another, without caching them.
///
/// A statement that is refused, or that would attach another database, fails as `forbidden` before
/// it runs.
/// Errors: those of the first statement that fails; the ones before it have taken effect.
[[nodiscard]] std::expected<void, ScriptError> run_script(
    Connection& connection, std::string_view sql,
    TransactionControl control = TransactionControl::callers);

}  // namespace coppice::db
