#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "net/http/handler.hpp"

namespace coppice::app::http {

/// Answers with one text, which every answer shares, and 304 to who has it.
/// @param make    Gives the text; called with the first request, on whichever thread that runs.
/// @param policy  The content security policy; empty for the endpoint's.
[[nodiscard]] net::http::PlainHandler fixed_text(std::string_view content_type,
                                                 std::function<std::string()> make,
                                                 std::string_view policy = {});

/// The same with a text that is in the program, or lives as long as it does.
[[nodiscard]] net::http::PlainHandler embedded_text(std::string_view content_type,
                                                    std::string_view text,
                                                    std::string_view policy = {});

}  // namespace coppice::app::http
