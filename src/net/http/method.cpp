#include "net/http/method.hpp"

#include <array>
#include <utility>

namespace coppice::net::http {
namespace {

constexpr std::array<std::string_view, 7> kNames = {"GET",   "HEAD",   "POST",   "PUT",
                                                    "PATCH", "DELETE", "OPTIONS"};

}  // namespace

std::string_view to_string(Method method) noexcept { return kNames.at(std::to_underlying(method)); }

std::optional<Method> method_from(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames.at(i) == name) return static_cast<Method>(i);
  }
  return std::nullopt;
}

}  // namespace coppice::net::http
