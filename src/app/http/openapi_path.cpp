#include "app/http/openapi_path.hpp"

#include <algorithm>
#include <cctype>

#include <boost/json/object.hpp>

namespace coppice::app::http {
namespace {

using boost::json::object;

object path_parameter(std::string_view name, bool number) {
  return {{"name", std::string(name)},
          {"in", "path"},
          {"required", true},
          {"schema", object{{"type", number ? "integer" : "string"}}}};
}

}  // namespace

OpenApiPath openapi_path(std::string_view pattern) {
  OpenApiPath path;
  while (!pattern.empty()) {
    const auto end = std::min(pattern.find('/', 1), pattern.size());
    std::string_view segment = pattern.substr(1, end - 1);
    pattern.remove_prefix(end);
    path.text += '/';
    if (!segment.starts_with(':') && !segment.starts_with('*')) {
      path.text += segment;
      continue;
    }
    segment.remove_prefix(1);
    const auto type = segment.find('<');
    const std::string name(segment.substr(0, type));
    path.parameters.push_back(path_parameter(name, type != std::string_view::npos));
    path.text += '{' + name + '}';
  }
  return path;
}

std::string openapi_method(net::http::Method method) {
  std::string out(to_string(method));
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace coppice::app::http
