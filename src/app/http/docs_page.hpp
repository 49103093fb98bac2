#pragma once

#include <string_view>

/// The files of web/docs/, which travel in the binary.
namespace coppice::app::http {

[[nodiscard]] std::string_view docs_page_html() noexcept;
[[nodiscard]] std::string_view docs_page_js() noexcept;
[[nodiscard]] std::string_view docs_page_css() noexcept;

}  // namespace coppice::app::http
