#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"

namespace coppice::app::http {

inline constexpr std::size_t kMaxParts = 32;

/// One part of a form.
struct Part {
  std::string name;          ///< Of the form's field.
  std::string file_name;     ///< As the client has it, without folders; empty for plain fields.
  std::string content_type;  ///< Empty if the client didn't say.
  std::string_view body;     ///< A view of what was parsed.
};

/// Takes a multipart/form-data body (RFC 7578) apart.
///
/// @param content_type  The request's header, which names the boundary.
/// Errors: malformed, saying what is wrong; too_large for more than kMaxParts parts. Thread: any.
[[nodiscard]] actors::Result<std::vector<Part>> parse_multipart(std::string_view content_type,
                                                                std::string_view body);

}  // namespace coppice::app::http
