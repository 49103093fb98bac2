#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace coppice::net::http {

/// The request methods that Coppice knows; any other is answered with 501.
enum class Method : std::uint8_t { get, head, post, put, patch, del, options };

/// "GET" and so on.
[[nodiscard]] std::string_view to_string(Method method) noexcept;

/// Methods are case-sensitive: "get" is unknown.
[[nodiscard]] std::optional<Method> method_from(std::string_view name) noexcept;

}  // namespace coppice::net::http
