#include "app/content/image_name.hpp"

#include "net/http/percent.hpp"

namespace coppice::app::content {

namespace {

bool leads_elsewhere(std::string_view address) {
  if (address.starts_with("//")) return true;
  const std::size_t colon = address.find(':');
  return colon != std::string_view::npos && colon < address.find_first_of("/?#");
}

}  // namespace

std::string stored_image_name(std::string_view file_name) {
  const std::size_t dot = file_name.rfind('.');
  const bool has_extension = dot != std::string_view::npos && dot != 0;
  return std::string(file_name.substr(0, has_extension ? dot : std::string_view::npos)) + ".webp";
}

std::optional<std::string> stored_image_name_of_address(std::string_view address) {
  if (leads_elsewhere(address)) return std::nullopt;
  address = address.substr(0, address.find_first_of("?#"));
  const std::size_t slash = address.rfind('/');
  if (slash != std::string_view::npos) address.remove_prefix(slash + 1);
  if (address.empty()) return std::nullopt;
  // A stray percent sign is an author's, who meant the name as it stands.
  const auto decoded = net::http::percent_decode(address, net::http::Plus::is_plus);
  return stored_image_name(decoded ? std::string_view(*decoded) : address);
}

std::string image_url(std::string_view name) {
  return "/assets/images/" + net::http::percent_encode(name);
}

}  // namespace coppice::app::content
