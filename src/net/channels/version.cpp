#include "net/channels/version.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace coppice::net::channels {
namespace {

struct SemanticVersion {
  std::array<std::uint64_t, 3> numbers{};  // major, minor, patch
  bool prerelease = false;
};

bool is_identifier(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

/// What follows a '-' or '+': identifiers between dots.
bool are_identifiers(std::string_view text) {
  for (;;) {
    const auto dot = text.find('.');
    if (!is_identifier(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool take_number(std::string_view& text, std::uint64_t& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<std::size_t>(parsed.ptr - text.data());
  if (parsed.ec != std::errc() || (digits > 1 && text.starts_with('0'))) return false;
  text.remove_prefix(digits);
  return true;
}

/// Cuts @p text at @p mark; checks what follows. False if that is malformed.
bool cut_identifiers(std::string_view& text, char mark, bool& found) {
  const auto at = text.find(mark);
  found = at != std::string_view::npos;
  if (!found) return true;
  const auto identifiers = text.substr(at + 1);
  text = text.substr(0, at);
  return are_identifiers(identifiers);
}

std::optional<SemanticVersion> parse(std::string_view text) {
  SemanticVersion version;
  bool build = false;
  if (!cut_identifiers(text, '+', build)) return std::nullopt;
  if (!cut_identifiers(text, '-', version.prerelease)) return std::nullopt;
  for (std::size_t i = 0; i < version.numbers.size(); ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    if (!take_number(text, version.numbers.at(i))) return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  return version;
}

}  // namespace

std::optional<Version> negotiate_version(const http::Params& params) {
  const auto* param = params.find("vsn");
  if (param == nullptr) return Version::v1;
  if (param->string() == nullptr) return std::nullopt;
  const auto version = parse(*param->string());
  if (!version) return std::nullopt;
  const auto [major, minor, patch] = version->numbers;
  if (minor != 0) return std::nullopt;
  if (patch == 0 && version->prerelease) return std::nullopt;  // sorts before the release
  if (major == 1) return Version::v1;
  if (major == 2) return Version::v2;
  return std::nullopt;
}

}  // namespace coppice::net::channels
