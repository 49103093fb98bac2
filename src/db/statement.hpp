#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "actors/result.hpp"

namespace coppice::db {

class StatementCache;
struct ConnectionState;
struct PreparedStatement;

using Blob = std::vector<std::byte>;
using BlobView = std::span<const std::byte>;

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

}  // namespace detail

/// What a column can be read as: a 64-bit integer, bool, double, text, a blob, or an optional of
/// one of these. The two view types point into the statement and end with the next step().
template <class T>
concept ColumnValue =
    std::same_as<T, std::int64_t> || std::same_as<T, bool> || std::same_as<T, double> ||
    std::same_as<T, std::string> || std::same_as<T, std::string_view> || std::same_as<T, Blob> ||
    std::same_as<T, BlobView> || detail::is_optional<T>;

/// What SQLite stores values as.
enum class ColumnType : std::uint8_t { null, integer, real, text, blob };

/// One use of a prepared statement: bind its parameters, then step through its rows.
///
/// When it ends it resets the statement and gives it back to the connection's cache, so that no
/// read snapshot stays open behind the user's back. It must not outlive its connection.
/// Thread: that of its connection.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  /// Binds one value to the parameter at `position`, counted from 1. Text and blobs are copied.
  /// An empty optional and nullptr bind NULL.
  /// Errors: invalid_argument for a position that the statement doesn't have and for an unsigned
  /// integer beyond 2^63 - 1; too_large beyond SQLite's limit of 10^9 bytes.
  template <class T>
  [[nodiscard]] actors::Result<void> bind(int position, const T& value) {
    return bind(position, value, Keep::copy);
  }

  /// The same for a parameter's name with its sigil, such as ":slug".
  template <class T>
  [[nodiscard]] actors::Result<void> bind(std::string_view name, const T& value);

  /// Binds all parameters in order. Errors: invalid_argument when their number is not that of the
  /// statement's parameters, and those of bind().
  template <class... Args>
  [[nodiscard]] actors::Result<void> bind_all(const Args&... values);

  /// The same without copying texts and blobs, which must outlive the statement or its reset().
  template <class... Args>
  [[nodiscard]] actors::Result<void> borrow_all(const Args&... values);

  /// Moves to the next row: true for a row, false after the last one, and false again from then on.
  /// Errors: those of the statement (see errc_of_sqlite); cancelled after an interrupt.
  [[nodiscard]] actors::Result<bool> step();

  /// Steps to the end and drops the rows that there may be. Errors: those of step().
  [[nodiscard]] actors::Result<void> run();

  /// Makes the statement ready for another run and forgets the bound values.
  void reset() noexcept;

  [[nodiscard]] int parameter_count() const noexcept;
  [[nodiscard]] int column_count() const noexcept;
  [[nodiscard]] std::string_view column_name(int column) const;

  /// Whether the current row's column (counted from 0) is NULL.
  /// Throws std::out_of_range without a row or such a column, as get() does.
  [[nodiscard]] bool is_null(int column) const;

  /// As what the current row's column (counted from 0) is stored. Throws as is_null() does.
  [[nodiscard]] ColumnType type(int column) const;

  /// The current row's column (counted from 0), converted as SQLite converts between its types.
  /// NULL reads as zero or empty unless T is an optional.
  template <ColumnValue T>
  [[nodiscard]] T get(int column) const;

  [[nodiscard]] std::string_view sql() const noexcept;

 private:
  /// What becomes of a bound text or blob.
  enum class Keep : std::uint8_t { copy, borrow };

  friend actors::Result<Statement> prepare(ConnectionState& connection, std::string_view sql);
  Statement(StatementCache& cache, std::unique_ptr<PreparedStatement> prepared) noexcept;

  void give_back() noexcept;
  void require_column(int column) const;
  [[nodiscard]] actors::Result<int> position_of(std::string_view name) const;
  [[nodiscard]] actors::Result<void> require_parameter_count(std::size_t count) const;

  template <class T>
  [[nodiscard]] actors::Result<void> bind(int position, const T& value, Keep keep);
  template <class... Args>
  [[nodiscard]] actors::Result<void> bind_each(Keep keep, const Args&... values);
  [[nodiscard]] actors::Result<void> bind_null(int position);
  [[nodiscard]] actors::Result<void> bind_integer(int position, std::int64_t value);
  [[nodiscard]] actors::Result<void> bind_unsigned(int position, std::uint64_t value);
  [[nodiscard]] actors::Result<void> bind_real(int position, double value);
  [[nodiscard]] actors::Result<void> bind_text(int position, std::string_view value, Keep keep);
  [[nodiscard]] actors::Result<void> bind_blob(int position, BlobView value, Keep keep);
  [[nodiscard]] actors::Result<void> bound(int code) const;

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] BlobView blob(int column) const;

  StatementCache* cache_;  // Belongs to the connection, which outlives its statements.
  std::unique_ptr<PreparedStatement> prepared_;
  bool finished_ = false;
};

template <class T>
actors::Result<void> Statement::bind(int position, const T& value, Keep keep) {
  if constexpr (detail::is_optional<T>) {
    return value ? bind(position, *value, keep) : bind_null(position);
  } else if constexpr (std::same_as<T, std::nullptr_t> || std::same_as<T, std::nullopt_t>) {
    return bind_null(position);
  } else if constexpr (std::floating_point<T>) {
    return bind_real(position, static_cast<double>(value));
  } else if constexpr (std::unsigned_integral<T>) {
    return bind_unsigned(position, value);
  } else if constexpr (std::signed_integral<T>) {
    return bind_integer(position, value);
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    return bind_text(position, value, keep);
  } else {
    static_assert(std::convertible_to<const T&, BlobView>, "this type cannot be bound");
    return bind_blob(position, value, keep);
  }
}

template <class T>
actors::Result<void> Statement::bind(std::string_view name, const T& value) {
  const auto position = position_of(name);
  if (!position) return std::unexpected(position.error());
  return bind(*position, value);
}

template <class... Args>
actors::Result<void> Statement::bind_each(Keep keep, const Args&... values) {
  actors::Result<void> result = require_parameter_count(sizeof...(Args));
  int position = 0;
  (void)((result.has_value() && (result = bind(++position, values, keep)).has_value()) && ...);
  return result;
}

template <class... Args>
actors::Result<void> Statement::bind_all(const Args&... values) {
  return bind_each(Keep::copy, values...);
}

template <class... Args>
actors::Result<void> Statement::borrow_all(const Args&... values) {
  return bind_each(Keep::borrow, values...);
}

template <ColumnValue T>
T Statement::get(int column) const {
  if constexpr (detail::is_optional<T>) {
    if (is_null(column)) return std::nullopt;
    return get<typename T::value_type>(column);
  } else if constexpr (std::same_as<T, bool>) {
    return integer(column) != 0;
  } else if constexpr (std::same_as<T, std::int64_t>) {
    return integer(column);
  } else if constexpr (std::same_as<T, double>) {
    return real(column);
  } else if constexpr (std::same_as<T, BlobView>) {
    return blob(column);
  } else if constexpr (std::same_as<T, Blob>) {
    const BlobView bytes = blob(column);
    return Blob(bytes.begin(), bytes.end());
  } else {
    return T(text(column));
  }
}

}  // namespace coppice::db
