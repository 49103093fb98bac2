#include "app/content/resource/field_error.hpp"

namespace coppice::app::content {

using actors::Errc;
using actors::Error;

namespace {
constexpr std::string_view kStale = "the record has changed since it was read";
}  // namespace

Error to_error(const FieldProblems& problems) {
  return {Errc::invalid_argument, to_json(problems)};
}

std::optional<std::string> problems_json(const Error& error) {
  const bool has_fields = error.code == Errc::invalid_argument && error.context.starts_with("{\"");
  return has_fields ? std::optional(error.context) : std::nullopt;
}

Error stale_record() { return {Errc::conflict, std::string(kStale)}; }

bool is_stale(const Error& error) {
  return error.code == Errc::conflict && error.context == kStale;
}

}  // namespace coppice::app::content
