#include "db/litefs/position_file.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace coppice::db::litefs {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

constexpr std::size_t kDigits = 16;
constexpr std::size_t kSize = 2 * kDigits + 2;  // with the slash and the newline

bool parse_hex(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<Transaction> parse_transaction(std::string_view text) {
  Transaction read;
  const bool is_well_formed = text.size() == kSize && text[kDigits] == '/' && text.back() == '\n' &&
                              parse_hex(text.substr(0, kDigits), read.number) &&
                              parse_hex(text.substr(kDigits + 1, kDigits), read.checksum);
  if (is_well_formed) return read;
  return fail(Errc::malformed, "a position is two numbers of 16 hexadecimal digits");
}

PositionFile::PositionFile(const std::filesystem::path& database)
    : path_(database.string() + "-pos") {}

PositionFile::~PositionFile() { close(); }

Result<Transaction> PositionFile::read() {
  if (descriptor_ >= 0) {
    if (auto known = read_open_file()) return known;
    close();
  }
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) {
    return fail(Errc::unavailable, path_.string() + ": " + std::strerror(errno));
  }
  return read_open_file();
}

Result<Transaction> PositionFile::read_open_file() {
  std::array<char, kSize + 1> text{};
  const auto length = ::pread(descriptor_, text.data(), text.size(), 0);
  if (length < 0) return fail(Errc::unavailable, path_.string() + ": " + std::strerror(errno));
  return parse_transaction({text.data(), static_cast<std::size_t>(length)});
}

void PositionFile::close() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

bool is_replicated(const std::filesystem::path& database) {
  return PositionFile(database).read().has_value();
}

}  // namespace coppice::db::litefs
