#pragma once

#include <string>
#include <string_view>

#include "net/http/handler.hpp"

namespace coppice::app::http {

/// Answers with one text, which every answer shares, and 304 to who has it.
/// @param policy  The content security policy; empty for the endpoint's.
[[nodiscard]] net::http::PlainHandler fixed_text(std::string_view content_type, std::string text,
                                                 std::string_view policy = {});

}  // namespace coppice::app::http
