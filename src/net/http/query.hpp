#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/result.hpp"

namespace coppice::net::http {

struct ParamValue;

/// Decoded parameters by name, in the order of their first appearance.
class Params {
 public:
  struct Entry;

  /// The value of that name, of whatever kind.
  [[nodiscard]] const ParamValue* find(std::string_view name) const noexcept;

  /// The value of that name if it is a string.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;

  /// Every value that the name was given as a plain string, in order: "a=1&a=2". The last of them
  /// is what get() gives.
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;

  /// How often the name was given, in whatever form: 3 for "a=1&a[]=2&a[b]=3".
  [[nodiscard]] std::size_t times(std::string_view name) const noexcept;

  /// The value of that name, made if there was none.
  ParamValue& operator[](std::string_view name);

  /// The entry of that name, made if there was none.
  Entry& entry(std::string_view name);

  /// Gives the name a plain value; one that it had before is kept for all().
  void put(std::string_view name, std::string value);

  /// Forgets the name, whatever its values.
  void remove(std::string_view name) noexcept;

  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] bool empty() const noexcept;

 private:
  std::vector<Entry> entries_;
};

/// A string (`a=1`), a list (`a[]=1&a[]=2`) or a nested map (`a[b]=1`).
struct ParamValue {
  using List = std::vector<ParamValue>;
  std::variant<std::string, List, Params> value;

  [[nodiscard]] const std::string* string() const noexcept {
    return std::get_if<std::string>(&value);
  }
  [[nodiscard]] const List* list() const noexcept { return std::get_if<List>(&value); }
  [[nodiscard]] const Params* map() const noexcept { return std::get_if<Params>(&value); }
};

struct Params::Entry {
  std::string name;
  ParamValue value;
  std::vector<std::string> replaced{};  ///< Plain values that later ones of the name replaced.
  std::size_t times = 0;                ///< How often it was given.
};

inline constexpr std::size_t kMaxQueryPairs = 512;
inline constexpr std::size_t kMaxQueryDepth = 32;

/// Decodes application/x-www-form-urlencoded text as Plug does: `+` is a space, `a[b]=1` nests,
/// `a[]=1` makes a list, empty pairs are skipped, the last value of a name wins; beyond Plug, the
/// plain values that it replaced stay within reach of Params::all().
///
/// Errors: `malformed` (escapes, UTF-8), `too_large` (pairs, depth).
[[nodiscard]] actors::Result<Params> parse_query(std::string_view text);

}  // namespace coppice::net::http
