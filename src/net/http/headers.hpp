#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/pool_allocator.hpp"

namespace coppice::net::http {

/// A header's name and value, as views into the Headers that gave it.
struct Header {
  std::string_view name;
  std::string_view value;
};

/// The header fields of one message, in order; a name may repeat. Names compare without case. Their
/// storage is recycled: a message with fields of half a kilobyte allocates nothing from the heap.
///
/// Views that it gives end with the next add() or set().
class Headers {
 public:
  /// Reads the fields in their order.
  class Iterator {
   public:
    using value_type = Header;
    using reference = Header;
    using pointer = void;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    Iterator() = default;
    Iterator(const Headers& headers, std::size_t index) : headers_(&headers), index_(index) {}
    Header operator*() const { return (*headers_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) { return {*headers_, index_++}; }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Headers* headers_ = nullptr;
    std::size_t index_ = 0;
  };

  /// Appends a field. Throws std::invalid_argument if the name is no token or the value holds a
  /// control character: such a header could smuggle in others.
  void add(std::string_view name, std::string_view value);

  /// As add(), for a field that was checked already: by a parser, or by whoever wrote the literal.
  void add_checked(std::string_view name, std::string_view value);

  /// Appends all fields of another message's.
  void add_all(const Headers& other);

  /// Replaces all fields of that name by one. Throws as add().
  void set(std::string_view name, std::string_view value);

  /// Appends @p value to the comma-separated list in the first field of that name, or adds the
  /// field; not if a field of that name lists it already. Throws as add().
  void merge(std::string_view name, std::string_view value);

  void remove(std::string_view name);

  /// Makes room for fields of that many characters in all.
  void reserve(std::size_t characters, std::size_t fields);

  /// How many characters there is room for.
  [[nodiscard]] std::size_t capacity() const noexcept { return text_.capacity(); }

  /// The first field of that name.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;
  [[nodiscard]] bool contains(std::string_view name) const noexcept {
    return get(name).has_value();
  }
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;

  /// True if a comma-separated list, over all fields of that name, holds @p token, without case:
  /// `has_token("connection", "upgrade")`.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] Header operator[](std::size_t index) const noexcept;

  /// All fields as they are sent: "name: value" and CR LF each.
  [[nodiscard]] std::string_view wire() const noexcept { return text_; }

  /// Forgets all fields, but keeps the room they took.
  void clear() noexcept {
    text_.clear();
    entries_.clear();
  }

  [[nodiscard]] Iterator begin() const { return {*this, 0}; }
  [[nodiscard]] Iterator end() const { return {*this, size()}; }

 private:
  struct Entry {
    std::uint32_t at;
    std::uint32_t name_size;
    std::uint32_t value_size;
  };

  [[nodiscard]] std::size_t index_of(std::string_view name) const noexcept;
  void insert_into_value(std::size_t index, std::string_view more);

  using Text = std::basic_string<char, std::char_traits<char>, actors::PoolAllocator<char>>;
  using Entries = std::vector<Entry, actors::PoolAllocator<Entry>>;

  Text text_;  // as on the wire
  Entries entries_;
};

/// Whether it can name a header: a token of RFC 9110.
[[nodiscard]] bool is_header_name(std::string_view text) noexcept;

/// Equal but for the case of ASCII letters.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// Without the spaces and tabs around it.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// What stands before a value's parameters: `text/html` of `text/html; charset=utf-8`, and so of
/// `content-type` and `content-disposition`.
[[nodiscard]] std::string_view without_parameters(std::string_view value) noexcept;

/// Splits a comma-separated list into its non-empty, trimmed elements.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view value);

/// The last element of a list that may be on several lines, which make one list together (RFC 9110,
/// 5.3): what the nearest proxy has appended. Empty without one.
[[nodiscard]] std::string_view last_listed(const Headers& headers, std::string_view name);

}  // namespace coppice::net::http
