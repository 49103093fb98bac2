#pragma once

#include <string_view>

namespace coppice::actors {

/// Identifies a class at run time; compared by address, one per class and process.
struct TypeTag {
  std::string_view name;  ///< qualified, "coppice::db::Writer::Execute"
};

namespace detail {

template <class T>
consteval std::string_view type_name() {
  // Clang: "… type_name() [T = coppice::db::Writer]"
  constexpr std::string_view kText = __PRETTY_FUNCTION__;
  constexpr auto kBegin = kText.find("T = ") + 4;
  return kText.substr(kBegin, kText.rfind(']') - kBegin);
}

template <class T>
inline constexpr TypeTag kTypeTag{type_name<T>()};

}  // namespace detail

template <class T>
[[nodiscard]] constexpr const TypeTag& type_tag() noexcept {
  return detail::kTypeTag<T>;
}

}  // namespace coppice::actors
