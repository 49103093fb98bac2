#include "app/content/json_time.hpp"

#include <string>

#include "app/content/date_time.hpp"

namespace coppice::app::content {

void write_time(JsonWriter& json, std::optional<std::string_view> stored) {
  if (!stored) {
    json.null();
    return;
  }
  const auto time = parse_date_time(*stored);
  json.string(time ? *time + 'Z' : std::string(*stored));
}

}  // namespace coppice::app::content
