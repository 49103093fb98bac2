#include "db/backup/manifest.hpp"

#include <ctime>
#include <stdexcept>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

constexpr std::int64_t kFormat = 1;

/// Throws std::invalid_argument, naming the field, if it is absent or of another type.
template <class T>
T field(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto converted = value == nullptr ? boost::json::result<T>(boost::json::error::not_found)
                                          : boost::json::try_value_to<T>(*value);
  if (!converted) throw std::invalid_argument(std::string(name));
  return *converted;
}

std::chrono::sys_seconds parse_time(const std::string& text) {
  std::tm utc{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  if (end == nullptr || *end != '\0') throw std::invalid_argument("created_at");
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&utc)));
}

BackupManifest read(const boost::json::object& object) {
  return {
      .created_at = parse_time(field<std::string>(object, "created_at")),
      .version = field<std::string>(object, "version"),
      .database = field<std::string>(object, "database"),
      .position = {field<std::int64_t>(object, "epoch"), field<std::int64_t>(object, "sequence")},
      .schema_version = field<std::int64_t>(object, "schema_version"),
      .page_size = field<std::int64_t>(object, "page_size"),
      .database_bytes = field<std::uint64_t>(object, "database_bytes"),
      .archive_bytes = field<std::uint64_t>(object, "archive_bytes"),
      .sha256 = field<std::string>(object, "sha256")};
}

}  // namespace

std::string to_string(std::chrono::sys_seconds time) {
  return fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string to_json(const BackupManifest& manifest) {
  return boost::json::serialize(boost::json::object{{"format", kFormat},
                                                    {"created_at", to_string(manifest.created_at)},
                                                    {"version", manifest.version},
                                                    {"database", manifest.database},
                                                    {"epoch", manifest.position.epoch},
                                                    {"sequence", manifest.position.sequence},
                                                    {"schema_version", manifest.schema_version},
                                                    {"page_size", manifest.page_size},
                                                    {"database_bytes", manifest.database_bytes},
                                                    {"archive_bytes", manifest.archive_bytes},
                                                    {"sha256", manifest.sha256}});
}

Result<BackupManifest> parse_manifest(std::string_view json) {
  boost::system::error_code error;
  const auto value = boost::json::parse(json, error);
  if (error || !value.is_object()) return fail(Errc::malformed, "the manifest is no JSON object");
  try {
    const auto format = field<std::int64_t>(value.as_object(), "format");
    if (format == kFormat) return read(value.as_object());
    return fail(Errc::unsupported,
                fmt::format("the backup's format is {}; this program knows {}", format, kFormat));
  } catch (const std::invalid_argument& wrong) {
    return fail(Errc::malformed, fmt::format("the manifest's {} is wrong", wrong.what()));
  }
}

}  // namespace coppice::db
