#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace coppice::actors::pubsub {

/// Hashes strings and views alike, so that looking up a view makes no string.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};

template <class Value>
using StringMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

}  // namespace coppice::actors::pubsub
