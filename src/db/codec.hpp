#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "actors/result.hpp"
#include "db/statement.hpp"

/// The bytes in which a command's arguments and result travel: to a log, to another node.
///
/// A value is a tag and its payload, little-endian: `n` null · `i` integer, 8 bytes · `d` double,
/// 8 bytes · `t` text and `b` blob, each with a 4-byte length · `l` list with a 4-byte count,
/// followed by its values. A struct is the list of its fields in order. It names them itself:
///
///     struct CreateTag {
///       std::string label;
///       std::optional<std::string> colour;
///       auto fields(this auto& self) { return std::tie(self.label, self.colour); }
///     };
///
/// A new field goes to the end: bytes from an older release then leave it at its default, while
/// bytes from a newer release with more fields than are known here are refused, never cut.
namespace coppice::db {

class Encoder {
 public:
  void null() { bytes_ += 'n'; }
  void integer(std::int64_t value);
  void real(double value);
  /// Texts, blobs and lists beyond 2^32 - 1 bytes or values throw std::length_error.
  void text(std::string_view value);
  void blob(BlobView value);
  void list(std::size_t count);

  [[nodiscard]] std::string take() && { return std::move(bytes_); }

 private:
  void fixed(std::uint64_t value, std::size_t size);
  void sized(char tag, std::string_view payload);
  std::string bytes_;
};

/// Reads what an Encoder wrote. The first mistake in the bytes sticks: from then on every read
/// yields an empty value, and finish() tells what was wrong.
class Decoder {
 public:
  /// The bytes must outlive the decoder and the views that it returns.
  explicit Decoder(std::string_view bytes) noexcept : bytes_(bytes) {}

  /// The next value's tag; 0 at the end of the bytes and after a mistake.
  [[nodiscard]] char peek() const noexcept;
  /// Whether the next value is null; takes it if so.
  [[nodiscard]] bool null();
  [[nodiscard]] std::int64_t integer();
  [[nodiscard]] double real();
  [[nodiscard]] std::string_view text();
  [[nodiscard]] BlobView blob();
  /// The number of values that follow. Never more than there are bytes left.
  [[nodiscard]] std::size_t list();

  /// Errors: malformed with the offset of the first mistake, also for bytes left over.
  [[nodiscard]] actors::Result<void> finish();
  void fail(std::string_view reason);
  [[nodiscard]] bool failed() const noexcept { return !error_.empty(); }

 private:
  bool take_tag(char tag);
  std::uint64_t fixed(std::size_t size);
  std::string_view sized(char tag);

  std::string_view bytes_;
  std::size_t offset_ = 0;
  std::string error_;
};

namespace detail {

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
concept HasFields = requires(const T& value) { value.fields(); };

}  // namespace detail

template <class T>
void encode(Encoder& encoder, const T& value) {
  if constexpr (detail::HasFields<T>) {
    std::apply(
        [&](const auto&... field) {
          encoder.list(sizeof...(field));
          (encode(encoder, field), ...);
        },
        value.fields());
  } else if constexpr (detail::is_optional<T>) {
    value ? encode(encoder, *value) : encoder.null();
  } else if constexpr (std::same_as<T, Blob>) {
    encoder.blob(value);
  } else if constexpr (detail::is_vector<T>) {
    encoder.list(value.size());
    for (const auto& element : value) encode(encoder, element);
  } else if constexpr (std::is_enum_v<T>) {
    encoder.integer(static_cast<std::int64_t>(std::to_underlying(value)));
  } else if constexpr (std::floating_point<T>) {
    encoder.real(value);
  } else if constexpr (std::integral<T>) {
    static_assert(std::signed_integral<T> || sizeof(T) < sizeof(std::int64_t),
                  "SQLite has no unsigned 64-bit integers");
    encoder.integer(value);
  } else {
    static_assert(std::same_as<T, std::string>, "this type has no encoding; give it fields()");
    encoder.text(value);
  }
}

template <class T>
void decode(Decoder& decoder, T& value);

namespace detail {

template <class T>
void decode_fields(Decoder& decoder, T& value) {
  const std::size_t sent = decoder.list();
  std::apply(
      [&](auto&... field) {
        if (sent > sizeof...(field)) return decoder.fail("more fields than this release knows");
        std::size_t index = 0;
        ((index++ < sent ? decode(decoder, field) : void()), ...);
      },
      value.fields());
}

template <class T>
void decode_integer(Decoder& decoder, T& value) {
  const std::int64_t sent = decoder.integer();
  if constexpr (std::same_as<T, bool>) {
    if (sent != 0 && sent != 1) decoder.fail("a truth value other than 0 and 1");
    value = sent == 1;
  } else {
    if (!std::in_range<T>(sent)) return decoder.fail("a number out of range");
    value = static_cast<T>(sent);
  }
}

}  // namespace detail

template <class T>
void decode(Decoder& decoder, T& value) {
  if constexpr (detail::HasFields<T>) {
    detail::decode_fields(decoder, value);
  } else if constexpr (detail::is_optional<T>) {
    value.reset();
    if (!decoder.null()) decode(decoder, value.emplace());
  } else if constexpr (std::same_as<T, Blob>) {
    const BlobView bytes = decoder.blob();
    value.assign(bytes.begin(), bytes.end());
  } else if constexpr (detail::is_vector<T>) {
    value.clear();
    for (std::size_t left = decoder.list(); left > 0 && !decoder.failed(); --left) {
      decode(decoder, value.emplace_back());
    }
  } else if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> number{};
    detail::decode_integer(decoder, number);
    value = static_cast<T>(number);
  } else if constexpr (std::floating_point<T>) {
    value = static_cast<T>(decoder.real());
  } else if constexpr (std::integral<T>) {
    detail::decode_integer(decoder, value);
  } else {
    value = decoder.text();
  }
}

template <class T>
[[nodiscard]] std::string to_bytes(const T& value) {
  Encoder encoder;
  encode(encoder, value);
  return std::move(encoder).take();
}

/// Errors: malformed when the bytes are not a T and nothing else.
template <std::default_initializable T>
[[nodiscard]] actors::Result<T> from_bytes(std::string_view bytes) {
  Decoder decoder(bytes);
  T value{};
  decode(decoder, value);
  if (auto whole = decoder.finish(); !whole) return std::unexpected(std::move(whole.error()));
  return value;
}

}  // namespace coppice::db
