#pragma once

#include <string_view>

/// The files of web/admin/, which travel in the binary.
namespace coppice::app::http {

[[nodiscard]] std::string_view dashboard_page_html() noexcept;
[[nodiscard]] std::string_view dashboard_page_sign_in_html() noexcept;
[[nodiscard]] std::string_view dashboard_page_js() noexcept;
[[nodiscard]] std::string_view dashboard_page_charts_js() noexcept;
[[nodiscard]] std::string_view dashboard_page_tree_js() noexcept;
[[nodiscard]] std::string_view dashboard_page_closeup_js() noexcept;
[[nodiscard]] std::string_view dashboard_page_lists_js() noexcept;
[[nodiscard]] std::string_view dashboard_page_orders_js() noexcept;
[[nodiscard]] std::string_view dashboard_page_panels_js() noexcept;
[[nodiscard]] std::string_view dashboard_page_server_js() noexcept;
[[nodiscard]] std::string_view dashboard_page_clients_js() noexcept;
[[nodiscard]] std::string_view dashboard_page_records_js() noexcept;
[[nodiscard]] std::string_view dashboard_page_log_js() noexcept;
[[nodiscard]] std::string_view dashboard_page_sign_in_js() noexcept;
[[nodiscard]] std::string_view dashboard_page_css() noexcept;
/// The official client of Phoenix's channels.
[[nodiscard]] std::string_view dashboard_page_phoenix_js() noexcept;

}  // namespace coppice::app::http
