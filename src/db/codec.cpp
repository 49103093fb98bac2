#include "db/codec.hpp"

#include <array>
#include <bit>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

namespace coppice::db {

namespace {

constexpr std::size_t kNumberSize = 8;
constexpr std::size_t kLengthSize = 4;

std::uint64_t checked_length(std::size_t length) {
  if (length > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("a value of a command is longer than 2^32 - 1");
  }
  return length;
}

}  // namespace

void Encoder::fixed(std::uint64_t value, std::size_t size) {
  std::array<char, kNumberSize> digits{};
  for (std::size_t i = 0; i < size; ++i) digits[i] = static_cast<char>(value >> (8 * i) & 0xff);
  bytes_.append(digits.data(), size);
}

void Encoder::sized(char tag, std::string_view payload) {
  bytes_ += tag;
  fixed(checked_length(payload.size()), kLengthSize);
  bytes_ += payload;
}

void Encoder::integer(std::int64_t value) {
  bytes_ += 'i';
  fixed(std::bit_cast<std::uint64_t>(value), kNumberSize);
}

void Encoder::real(double value) {
  bytes_ += 'd';
  fixed(std::bit_cast<std::uint64_t>(value), kNumberSize);
}

void Encoder::text(std::string_view value) { sized('t', value); }

void Encoder::blob(BlobView value) {
  sized('b', {reinterpret_cast<const char*>(value.data()), value.size()});
}

void Encoder::list(std::size_t count) {
  bytes_ += 'l';
  fixed(checked_length(count), kLengthSize);
}

void Decoder::fail(std::string_view reason) {
  if (!failed()) error_ = fmt::format("{} at byte {}", reason, offset_);
}

bool Decoder::take_tag(char tag) {
  if (failed()) return false;
  if (offset_ < bytes_.size() && bytes_[offset_] == tag) {
    ++offset_;
    return true;
  }
  fail(fmt::format("no value of kind '{}'", tag));
  return false;
}

std::uint64_t Decoder::fixed(std::size_t size) {
  if (bytes_.size() - offset_ < size) {
    fail("the bytes end early");
    return 0;
  }
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(bytes_[offset_++])} << (8 * i);
  }
  return value;
}

std::string_view Decoder::sized(char tag) {
  if (!take_tag(tag)) return {};
  const auto length = static_cast<std::size_t>(fixed(kLengthSize));
  if (length > bytes_.size() - offset_) {
    fail("the bytes end early");
    return {};
  }
  const auto payload = bytes_.substr(offset_, length);
  offset_ += length;
  return payload;
}

char Decoder::peek() const noexcept {
  return failed() || offset_ >= bytes_.size() ? '\0' : bytes_[offset_];
}

bool Decoder::null() {
  if (peek() != 'n') return false;
  ++offset_;
  return true;
}

std::int64_t Decoder::integer() {
  return take_tag('i') ? std::bit_cast<std::int64_t>(fixed(kNumberSize)) : 0;
}

double Decoder::real() { return take_tag('d') ? std::bit_cast<double>(fixed(kNumberSize)) : 0; }

std::string_view Decoder::text() { return sized('t'); }

BlobView Decoder::blob() {
  const auto payload = sized('b');
  return std::as_bytes(std::span(payload));
}

std::size_t Decoder::list() {
  if (!take_tag('l')) return 0;
  const auto count = static_cast<std::size_t>(fixed(kLengthSize));
  if (count <= bytes_.size() - offset_) return count;
  fail("the bytes end early");
  return 0;
}

actors::Result<void> Decoder::finish() {
  if (!failed() && offset_ < bytes_.size()) fail("bytes left over");
  if (!failed()) return {};
  return actors::fail(actors::Errc::malformed, error_);
}

}  // namespace coppice::db
