#include "app/cli/migration_view.hpp"

#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

using db::MigrationEntry;
using db::MigrationState;

db::MigrationStatus one_of_each() {
  return {{MigrationEntry{.version = 20240101000000,
                          .state = MigrationState::foreign,
                          .recorded_at = "2024-01-01T10:00:00"},
           MigrationEntry{.version = 20250101000000,
                          .label = "a",
                          .state = MigrationState::applied,
                          .recorded_at = "2025-01-01T10:00:00"},
           MigrationEntry{.version = 20250102000000,
                          .label = "longer_name",
                          .state = MigrationState::applied,
                          .by_coppice = true,
                          .edited = true,
                          .recorded_at = "2025-01-02T10:00:00"},
           MigrationEntry{.version = 20250103000000, .label = "c"},
           MigrationEntry{.version = 20260101000000,
                          .label = "d",
                          .state = MigrationState::newer,
                          .by_coppice = true,
                          .recorded_at = "2026-01-01T10:00:00"}}};
}

TEST(MigrationView, IsATableWithASummary) {
  EXPECT_EQ(render_migrations(one_of_each()),
            "STATE    VERSION         NAME         RECORDED (UTC)       BY\n"
            "foreign  20240101000000               2024-01-01T10:00:00  another application\n"
            "applied  20250101000000  a            2025-01-01T10:00:00  another application\n"
            "edited   20250102000000  longer_name  2025-01-02T10:00:00  coppice\n"
            "pending  20250103000000  c\n"
            "newer    20260101000000  d            2026-01-01T10:00:00  coppice\n"
            "2 applied, 1 pending\n");
}

TEST(MigrationView, NothingIsATableToo) {
  EXPECT_EQ(render_migrations({}),
            "STATE    VERSION         NAME  RECORDED (UTC)       BY\n0 applied, 0 pending\n");
}

TEST(MigrationView, IsJsonWithTheWarnings) {
  const db::MigrationStatus status{{MigrationEntry{.version = 20240101000000,
                                                   .state = MigrationState::foreign,
                                                   .recorded_at = "2024-01-01T10:00:00"},
                                    MigrationEntry{.version = 20250103000000, .label = "c"}}};
  EXPECT_EQ(migrations_json("a \"b\".db", status),
            R"({"database":"a \"b\".db","applied":0,"pending":1,"warnings":[],"migrations":[)"
            R"({"version":20240101000000,"name":null,"state":"foreign","by_coppice":false,)"
            R"("edited":false,"recorded_at":"2024-01-01T10:00:00"},)"
            R"({"version":20250103000000,"name":"c","state":"pending","by_coppice":false,)"
            R"("edited":false,"recorded_at":null}]})"
            "\n");
}

TEST(MigrationView, APlanIsTheSqlThatWouldRun) {
  const auto migrations =
      db::Migrations::from_files({{"m/20250101000000_a.up.sql", "CREATE TABLE a (x)"},
                                  {"m/20250102000000_b.up.sql", "CREATE TABLE b (x);\n"},
                                  {"m/20250102000000_b.down.sql", "DROP TABLE b;\n"}});
  ASSERT_TRUE(migrations);
  EXPECT_EQ(render_plan(*migrations, {{db::MigrationDirection::down, 20250102000000},
                                      {db::MigrationDirection::up, 20250101000000}}),
            "-- would undo: m/20250102000000_b.down.sql\nDROP TABLE b;\n\n"
            "-- would apply: m/20250101000000_a.up.sql\nCREATE TABLE a (x)\n\n");
}

}  // namespace
}  // namespace coppice::app::cli
