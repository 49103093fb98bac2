#include "db/litefs/lag_file.hpp"

#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>

namespace coppice::db::litefs {

using actors::Errc;
using actors::fail;
using actors::Result;
using std::chrono::milliseconds;

Result<milliseconds> parse_lag(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const bool has_sign = text.starts_with('+') || text.starts_with('-');
  const auto digits = has_sign ? text.substr(1) : text;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number =
      error == std::errc() && end == digits.data() + digits.size() && number >= 0;
  if (!has_sign || !is_number) {
    return fail(Errc::malformed, "a lag is a sign and milliseconds");
  }
  return milliseconds(text.front() == '-' ? -number : number);
}

Result<milliseconds> read_lag(const std::filesystem::path& mount) {
  std::ifstream file(mount / ".lag");
  std::string text;
  if (!std::getline(file, text)) {
    return fail(Errc::unavailable, (mount / ".lag").string() + " can't be read");
  }
  return parse_lag(text);
}

}  // namespace coppice::db::litefs
