#include "app/http/own_path.hpp"

#include <algorithm>
#include <cstddef>

namespace coppice::app::http {
namespace {

constexpr std::size_t kLongest = 2000;
constexpr unsigned char kFirstPrintable = 0x21;
constexpr unsigned char kLastPrintable = 0x7E;

/// Browsers pass over some of these and read others as slashes; no header may have the rest.
bool is_refused(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < kFirstPrintable || byte == kLastPrintable + 1 || c == '\\';
}

}  // namespace

std::optional<std::string> own_path(std::string_view wanted) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const bool is_path =
      wanted.starts_with('/') && !wanted.starts_with("//") && wanted.size() < kLongest;
  if (!is_path || std::ranges::any_of(wanted, is_refused)) return std::nullopt;
  std::string path;
  for (const char c : wanted) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= kLastPrintable) {
      path += c;
    } else {
      path += '%';
      path += kDigits[byte >> 4U];
      path += kDigits[byte & 0x0FU];
    }
  }
  return path;
}

}  // namespace coppice::app::http
