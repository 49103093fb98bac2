#include "app/cli/migration_view.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace coppice::app::cli {
namespace {

namespace json = boost::json;

using db::MigrationEntry;
using db::MigrationState;
using db::MigrationStatus;

constexpr std::string_view kNameTitle = "NAME";

std::size_t count(const MigrationStatus& status, MigrationState state) {
  return status.versions(state).size();
}

std::string_view state_of(const MigrationEntry& entry) {
  return entry.edited ? "edited" : db::to_string(entry.state);
}

std::string_view author_of(const MigrationEntry& entry) {
  if (entry.state == MigrationState::pending) return "";
  return entry.by_coppice ? "coppice" : "another application";
}

std::size_t width_of_names(const MigrationStatus& status) {
  std::size_t width = kNameTitle.size();
  for (const auto& entry : status.entries) width = std::max(width, entry.label.size());
  return width;
}

std::string row(std::string_view state, std::string_view version, std::string_view name,
                std::size_t name_width, std::string_view at, std::string_view by) {
  auto line =
      fmt::format("{:<7}  {:<14}  {:<{}}  {:<19}  {}", state, version, name, name_width, at, by);
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

json::value or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

}  // namespace

std::string render_migrations(const MigrationStatus& status) {
  const auto width = width_of_names(status);
  std::string text = row("STATE", "VERSION", kNameTitle, width, "RECORDED (UTC)", "BY");
  for (const auto& entry : status.entries) {
    text += row(state_of(entry), std::to_string(entry.version), entry.label, width,
                entry.recorded_at, author_of(entry));
  }
  return text + fmt::format("{} applied, {} pending\n", count(status, MigrationState::applied),
                            count(status, MigrationState::pending));
}

std::string migrations_json(const std::string& database, const MigrationStatus& status) {
  json::array migrations;
  for (const auto& entry : status.entries) {
    migrations.push_back(json::object{{"version", entry.version},
                                      {"name", or_null(entry.label)},
                                      {"state", db::to_string(entry.state)},
                                      {"by_coppice", entry.by_coppice},
                                      {"edited", entry.edited},
                                      {"recorded_at", or_null(entry.recorded_at)}});
  }
  json::array warnings;
  for (const auto& warning : status.warnings()) warnings.emplace_back(warning);
  return json::serialize(json::object{{"database", database},
                                      {"applied", count(status, MigrationState::applied)},
                                      {"pending", count(status, MigrationState::pending)},
                                      {"warnings", std::move(warnings)},
                                      {"migrations", std::move(migrations)}}) +
         "\n";
}

const db::MigrationScript& script_of(const db::Migrations& migrations,
                                     const db::MigrationStep& step) {
  const db::Migration& migration = *migrations.find(step.version);
  return step.direction == db::MigrationDirection::up ? migration.up : *migration.down;
}

std::string render_plan(const db::Migrations& migrations, const db::MigrationPlan& plan) {
  std::string text;
  for (const auto& step : plan) {
    const bool up = step.direction == db::MigrationDirection::up;
    const db::MigrationScript& script = script_of(migrations, step);
    text += fmt::format("-- would {}: {}\n{}", up ? "apply" : "undo", script.name, script.text);
    text += script.text.ends_with('\n') ? "\n" : "\n\n";
  }
  return text;
}

}  // namespace coppice::app::cli
