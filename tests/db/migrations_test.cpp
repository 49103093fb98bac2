#include "db/migrations.hpp"

#include <regex>
#include <thread>

#include "db/database_fixture.hpp"
#include "db/position.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

constexpr std::int64_t kFirst = 20250101000000;
constexpr std::int64_t kSecond = 20250102000000;

MigrationFile up(std::int64_t version, std::string_view label, std::string_view sql) {
  return {std::to_string(version) + "_" + std::string(label) + ".up.sql", std::string(sql)};
}

MigrationFile down(std::int64_t version, std::string_view label, std::string_view sql) {
  return {std::to_string(version) + "_" + std::string(label) + ".down.sql", std::string(sql)};
}

Migrations set(std::vector<MigrationFile> files) {
  return must(Migrations::from_files(std::move(files)));
}

class MigrationsTest : public DatabaseTest {
 protected:
  std::string tables() {
    return text(
        "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema "
        "WHERE type = 'table' AND name NOT IN ('schema_migrations', 'coppice_migrations') "
        "ORDER BY name)");
  }
  std::vector<std::int64_t> pending(const Migrations& migrations) {
    return must(migrations.status(db_)).versions(MigrationState::pending);
  }
  std::string recorded() { return text("SELECT group_concat(version) FROM schema_migrations"); }
};

TEST_F(MigrationsTest, RunsInOrderOfVersionAndRecordsLikeEcto) {
  const auto migrations = set({up(kSecond, "fill", "INSERT INTO t VALUES (1)"),
                               up(kFirst, "create", "CREATE TABLE t (x)")});
  EXPECT_EQ(must(migrations.apply_pending(db_)).ran, (std::vector{kFirst, kSecond}));
  EXPECT_EQ(recorded(), "20250101000000,20250102000000");
  EXPECT_EQ(text("SELECT sql FROM sqlite_schema WHERE name = 'schema_migrations'"),
            "CREATE TABLE \"schema_migrations\" "
            "(\"version\" INTEGER PRIMARY KEY, \"inserted_at\" TEXT)");
  EXPECT_TRUE(std::regex_match(text("SELECT inserted_at FROM schema_migrations"),
                               std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)")));
}

TEST_F(MigrationsTest, RunsEachOnce) {
  const auto migrations = set({up(kFirst, "create", "CREATE TABLE t (x)")});
  must(migrations.apply_pending(db_));
  EXPECT_TRUE(must(migrations.apply_pending(db_)).ran.empty());
}

TEST_F(MigrationsTest, RunsAnOlderOneThatCameLater) {
  must(set({up(kSecond, "b", "CREATE TABLE b (x)")}).apply_pending(db_));
  const auto both = set({up(kFirst, "a", "CREATE TABLE a (x)"), up(kSecond, "b", "")});
  EXPECT_EQ(pending(both), std::vector{kFirst});
  EXPECT_EQ(must(both.apply_pending(db_)).ran, std::vector{kFirst});
}

TEST_F(MigrationsTest, StatusChangesNothingAndWorksOnAReader) {
  auto reader = open({.read_only = true});
  const auto status = must(set({up(kFirst, "a", "")}).status(reader));
  EXPECT_EQ(status.versions(MigrationState::pending), std::vector{kFirst});
  EXPECT_TRUE(status.versions(MigrationState::applied).empty());
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema"), 0);
}

TEST_F(MigrationsTest, AFailureNamesThePlaceAndLeavesThePreviousSchema) {
  const auto migrations =
      set({up(kFirst, "good", "CREATE TABLE good (x)"), up(kSecond, "bad",
                                                           "CREATE TABLE bad (x);\n"
                                                           "INSERT INTO good VALUES (1);\n"
                                                           "-- the next line is wrong\n"
                                                           "ALTER TABLE missing ADD COLUMN y;\n"
                                                           "CREATE TABLE never (x);")});
  const auto applied = migrations.apply_pending(db_);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error(), Errc::migration_failed);
  EXPECT_EQ(applied.error().context,
            "20250102000000_bad.up.sql:4: no such table: missing; "
            "statement: ALTER TABLE missing ADD COLUMN y");
  EXPECT_EQ(tables(), "good");
  EXPECT_EQ(recorded(), "20250101000000");
  EXPECT_EQ(number("SELECT count(*) FROM good"), 0);
  EXPECT_FALSE(db_.in_transaction());
}

TEST_F(MigrationsTest, AFailureAtTheCommitNamesTheFile) {
  const auto migrations =
      set({up(kFirst, "orphan",
              "CREATE TABLE p (id INTEGER PRIMARY KEY);"
              "CREATE TABLE c (id REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED);"
              "INSERT INTO c VALUES (1);")});
  const auto applied = migrations.apply_pending(db_);
  ASSERT_FALSE(applied);
  EXPECT_TRUE(applied.error().context.starts_with(
      "20250101000000_orphan.up.sql: FOREIGN KEY constraint failed"))
      << applied.error().context;
  EXPECT_EQ(tables(), "null");
}

TEST_F(MigrationsTest, AMigrationCannotEndItsTransaction) {
  const auto migrations = set({up(kFirst, "a", "CREATE TABLE a (x);\nCOMMIT;")});
  const auto applied = migrations.apply_pending(db_);
  ASSERT_FALSE(applied);
  EXPECT_NE(applied.error().context.find("a.up.sql:2: "), std::string::npos);
  EXPECT_EQ(tables(), "null");
}

TEST_F(MigrationsTest, ReportsADatabaseNewerThanTheBinaryAndLeavesItAlone) {
  must(set({up(kFirst, "a", ""), up(kSecond, "b", "")}).apply_pending(db_));
  const auto older = set({up(kFirst, "a", ""), up(kFirst + 1, "c", "CREATE TABLE c (x)")});
  EXPECT_EQ(must(older.status(db_)).versions(MigrationState::newer), std::vector{kSecond});
  const auto applied = older.apply_pending(db_);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error(), Errc::unsupported);
  EXPECT_NE(applied.error().context.find("20250102000000"), std::string::npos);
  EXPECT_EQ(tables(), "null");
}

TEST_F(MigrationsTest, ADatabaseOfALaterReleaseIsMigratedWhenThatIsAllowed) {
  must(set({up(kSecond, "b", "")}).apply_pending(db_));
  const auto older = set({up(kFirst, "a", "CREATE TABLE a (x)")});
  EXPECT_EQ(must(older.apply_pending(db_, NewerSchema::allowed)).ran, std::vector{kFirst});
  EXPECT_EQ(tables(), "a");
}

TEST_F(MigrationsTest, AnotherApplicationsOwnStepsAreNoObstacleWhateverTheirVersions) {
  run("CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, inserted_at TEXT);"
      "INSERT INTO schema_migrations VALUES (20240101000000, ''), (20990101000000, '')");
  const auto ours = set({up(kSecond, "ours", "CREATE TABLE ours (x)")});
  EXPECT_EQ(must(ours.status(db_)).versions(MigrationState::foreign),
            (std::vector<std::int64_t>{20240101000000, 20990101000000}));
  EXPECT_EQ(must(ours.apply_pending(db_)).ran, std::vector{kSecond});
  EXPECT_TRUE(must(ours.apply_pending(db_)).ran.empty());
}

TEST_F(MigrationsTest, AnEditedOneIsReportedButNotRunAgain) {
  must(set({up(kFirst, "a", "CREATE TABLE a (x)")}).apply_pending(db_));
  const auto edited = set({up(kFirst, "a", "CREATE TABLE a (x, y)")});
  const auto run = must(edited.apply_pending(db_));
  EXPECT_TRUE(run.ran.empty());
  ASSERT_EQ(run.before.warnings().size(), 1U);
  EXPECT_TRUE(run.before.warnings()[0].starts_with("migration 20250101000000_a was edited"));
}

TEST_F(MigrationsTest, RedoingAnEditedOneSettlesIt) {
  must(set({up(kFirst, "a", "CREATE TABLE a (x)")}).apply_pending(db_));
  const auto edited =
      set({up(kFirst, "a", "CREATE TABLE a (x, y)"), down(kFirst, "a", "DROP TABLE a")});
  must(edited.run(db_, {MigrationDirection::down, kFirst}));
  must(edited.run(db_, {MigrationDirection::up, kFirst}));
  EXPECT_TRUE(must(edited.status(db_)).warnings().empty());
}

TEST_F(MigrationsTest, KeepsTheChecksumThatSha256sumPrints) {
  must(set({up(kFirst, "a", "CREATE TABLE a (x)")}).apply_pending(db_));
  EXPECT_EQ(text("SELECT version || ' ' || label || ' ' || checksum FROM coppice_migrations"),
            "20250101000000 a e0782122f01bfe9d4a4df45c1e26dafd152b24305ab01f8b8cdb00ddf4ebc354");
}

TEST_F(MigrationsTest, AMigrationWithoutATransactionMayVacuumAndIsRecordedAfterwards) {
  run("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
  const auto migrations = set({up(kFirst, "compact",
                                  "-- coppice:no-transaction\n"
                                  "PRAGMA foreign_keys = OFF;\n"
                                  "BEGIN;\nDELETE FROM t;\nCOMMIT;\n"
                                  "VACUUM;\n")});
  EXPECT_EQ(must(migrations.apply_pending(db_)).ran, std::vector{kFirst});
  EXPECT_EQ(recorded(), "20250101000000");
  EXPECT_EQ(number("SELECT count(*) FROM t"), 0);
  EXPECT_EQ(number("PRAGMA foreign_keys"), 1) << "what it does to its connection ends with it";
  EXPECT_TRUE(must(migrations.apply_pending(db_)).ran.empty());
}

TEST_F(MigrationsTest, AnUndoingWithoutATransactionWorksToo) {
  const auto migrations =
      set({up(kFirst, "a", "CREATE TABLE a (x)"), down(kFirst, "a",
                                                       "-- coppice:no-transaction\n"
                                                       "DROP TABLE a; VACUUM")});
  must(migrations.apply_pending(db_));
  EXPECT_TRUE(must(migrations.run(db_, {MigrationDirection::down, kFirst})));
  EXPECT_EQ(tables(), "null");
  EXPECT_EQ(recorded(), "null");
}

TEST_F(MigrationsTest, AFailureHalfWayWithoutATransactionSaysHowFarItCameAndStartsOver) {
  const auto migrations = set({up(kFirst, "half",
                                  "-- coppice:no-transaction\n"
                                  "CREATE TABLE IF NOT EXISTS a (x);\n"
                                  "INSERT INTO a VALUES (1);\n"
                                  "INSERT INTO later VALUES (1);\n")});
  const auto applied = migrations.apply_pending(db_);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error(), Errc::migration_failed);
  EXPECT_EQ(
      applied.error().context,
      "20250101000000_half.up.sql:4: no such table: later; statement: INSERT INTO later "
      "VALUES (1); it runs without a transaction, so what the 2 statements before it committed "
      "stays, and the next attempt begins with the first one again");
  EXPECT_EQ(recorded(), "null");
  execute("CREATE TABLE later (x)");
  EXPECT_EQ(must(migrations.apply_pending(db_)).ran, std::vector{kFirst});
  EXPECT_EQ(number("SELECT count(*) FROM a"), 2);
}

TEST_F(MigrationsTest, ATransactionLeftOpenIsAFailureAndKeepsNothing) {
  const auto migrations =
      set({up(kFirst, "open", "-- coppice:no-transaction\nBEGIN;\nCREATE TABLE a (x);\n")});
  const auto applied = migrations.apply_pending(db_);
  ASSERT_FALSE(applied);
  EXPECT_NE(applied.error().context.find("leaves the transaction open"), std::string::npos);
  EXPECT_EQ(tables(), "null");
  EXPECT_EQ(recorded(), "null");
}

TEST_F(MigrationsTest, OtherFailuresDontAdviseToDoWithout) {
  const auto applied = set({up(kFirst, "a", "DROP TABLE a_transaction")}).apply_pending(db_);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().context.find("no-transaction"), std::string::npos);
}

TEST_F(MigrationsTest, WhatNeedsNoTransactionSaysHowToHaveNone) {
  struct Case {
    std::string sql;
    std::string reason;
  };
  for (const auto& [sql, reason] :
       {Case{"VACUUM", "cannot VACUUM from within a transaction"},
        Case{"BEGIN", "the script is part of a transaction already"},
        Case{"PRAGMA foreign_keys = OFF",
             "this pragma cannot be changed for a part of a transaction only"}}) {
    const auto applied = set({up(kFirst, "a", sql)}).apply_pending(db_);
    ASSERT_FALSE(applied) << sql;
    std::string expected = "20250101000000_a.up.sql:1: ";
    expected += reason;
    expected += "; statement: ";
    expected += sql;
    expected += "; a file that begins with \"-- coppice:no-transaction\" runs without one";
    EXPECT_EQ(applied.error().context, expected);
  }
}

TEST_F(MigrationsTest, TwoProcessesThatMigrateAtOnceDoItOnce) {
  std::vector<MigrationFile> files;
  files.reserve(20);
  for (int i = 0; i < 20; ++i) {
    files.push_back(up(kFirst + i, "t", "CREATE TABLE t" + std::to_string(i) + " (x)"));
  }
  const auto migrations = set(files);
  std::vector<std::size_t> ran(2);
  const auto migrate = [&](std::size_t who) {
    auto connection = must(Connection::open({.path = directory_ / "test.db", .create = true}));
    ran[who] = must(migrations.apply_pending(connection)).ran.size();
  };
  std::thread other(migrate, 1);
  migrate(0);
  other.join();
  EXPECT_EQ(ran[0] + ran[1], files.size());
  EXPECT_TRUE(pending(migrations).empty());
}

TEST_F(MigrationsTest, RevertsByTheDownFileAndCanGoUpAgain) {
  const auto migrations =
      set({up(kFirst, "a", "CREATE TABLE a (x)"), down(kFirst, "a", "DROP TABLE a")});
  must(migrations.apply_pending(db_));
  EXPECT_TRUE(must(migrations.run(db_, {MigrationDirection::down, kFirst})));
  EXPECT_EQ(tables(), "null");
  EXPECT_EQ(recorded(), "null");
  EXPECT_FALSE(must(migrations.run(db_, {MigrationDirection::down, kFirst})));
  EXPECT_EQ(must(migrations.apply_pending(db_)).ran, std::vector{kFirst});
}

TEST_F(MigrationsTest, AFailedRevertLeavesTheSchema) {
  const auto migrations = set({up(kFirst, "a", "CREATE TABLE a (x)"),
                               down(kFirst, "a", "DROP TABLE a;\nDROP TABLE missing")});
  must(migrations.apply_pending(db_));
  const auto reverted = migrations.run(db_, {MigrationDirection::down, kFirst});
  ASSERT_FALSE(reverted);
  EXPECT_NE(reverted.error().context.find("a.down.sql:2: no such table: missing"),
            std::string::npos);
  EXPECT_EQ(tables(), "a");
}

TEST_F(MigrationsTest, DoesNotRevertWithoutADownFile) {
  const auto migrations = set({up(kFirst, "a", "")});
  must(migrations.apply_pending(db_));
  EXPECT_EQ(migrations.run(db_, {MigrationDirection::down, kFirst}).error(), Errc::not_found);
  EXPECT_EQ(migrations.run(db_, {MigrationDirection::down, kSecond}).error(), Errc::not_found);
}

TEST_F(MigrationsTest, ADirectiveDropsTheTriggersOfTheNamedTable) {
  run("CREATE TABLE t (x); CREATE TABLE log (x); CREATE TABLE other (x);"
      "CREATE TRIGGER \"odd \"\"name\" AFTER INSERT ON t BEGIN INSERT INTO LOG VALUES (1); END;"
      "CREATE TRIGGER kept AFTER INSERT ON t BEGIN INSERT INTO other VALUES (1); END;");
  must(set({up(kFirst, "a", "-- coppice:drop-triggers log\nSELECT 1")}).apply_pending(db_));
  EXPECT_EQ(text("SELECT group_concat(name) FROM sqlite_schema WHERE type = 'trigger'"), "kept");
}

TEST_F(MigrationsTest, AMigrationMovesThePosition) {
  const auto ours = must(Migrations::embedded());
  must(ours.apply_pending(db_));
  const auto before = must(read_position(db_));
  must(ours.run(db_, {MigrationDirection::down, ours.latest()}));
  EXPECT_GT(must(read_position(db_)), before);
}

TEST(MigrationSet, ReadsAFolderAndIgnoresOtherFiles) {
  const TemporaryDirectory directory;
  directory.write("20250101000000_a.up.sql", "CREATE TABLE a (x)");
  directory.write("20250101000000_a.down.sql", "DROP TABLE a");
  directory.write("README.md", "not SQL");
  const auto migrations = must(Migrations::from_directory(directory.path()));
  ASSERT_EQ(migrations.all().size(), 1U);
  EXPECT_EQ(migrations.all()[0].version, kFirst);
  EXPECT_EQ(migrations.all()[0].label, "a");
  EXPECT_EQ(migrations.all()[0].up.text, "CREATE TABLE a (x)");
  EXPECT_TRUE(migrations.all()[0].down);
}

TEST(MigrationSet, ReportsAMissingFolder) {
  const TemporaryDirectory directory;
  EXPECT_EQ(Migrations::from_directory(directory / "none").error(), Errc::not_found);
}

TEST(MigrationSet, RefusesWrongNames) {
  for (const std::string name :
       {"create.up.sql", "2025010100000_a.up.sql", "202501010000000_a.up.sql",
        "20250101000000_.up.sql", "20250101000000_A.up.sql", "20250101000000_a.sql",
        "20250101000000a.up.sql", "2025010100000x_a.up.sql", ".up.sql", ""}) {
    const auto loaded = Migrations::from_files({{name, ""}});
    ASSERT_FALSE(loaded) << name;
    EXPECT_EQ(loaded.error(), Errc::malformed) << name;
    EXPECT_TRUE(loaded.error().context.starts_with(name + ":")) << loaded.error().context;
  }
}

TEST(MigrationSet, RefusesDuplicatesAndLonelyDownFiles) {
  const auto code = [](std::vector<MigrationFile> files) {
    return Migrations::from_files(std::move(files)).error().code;
  };
  EXPECT_EQ(code({up(kFirst, "a", ""), up(kFirst, "b", "")}), Errc::conflict);
  EXPECT_EQ(code({up(kFirst, "a", ""), up(kFirst, "a", "")}), Errc::conflict);
  EXPECT_EQ(code({up(kFirst, "a", ""), down(kFirst, "b", "")}), Errc::conflict);
  EXPECT_EQ(code({down(kFirst, "a", "")}), Errc::malformed);
}

TEST(MigrationSet, RefusesUnknownAndEmptyDirectives) {
  for (const std::string line :
       {"-- coppice:drop-tables a", "-- coppice:drop-triggers", "-- coppice:no-transaction now",
        "-- coppice:", "-- a comment\n-- coppice:what now"}) {
    EXPECT_EQ(Migrations::from_files({up(kFirst, "a", line)}).error(), Errc::malformed) << line;
  }
}

TEST(MigrationSet, TheBinaryCarriesTheFolder) {
  const auto embedded = must(Migrations::embedded());
  const auto folder =
      must(Migrations::from_directory(std::filesystem::path(COPPICE_SOURCE_DIR) / "migrations"));
  ASSERT_EQ(embedded.all().size(), folder.all().size());
  for (std::size_t i = 0; i < folder.all().size(); ++i) {
    EXPECT_EQ(embedded.all()[i].label, folder.all()[i].label);
    EXPECT_EQ(embedded.all()[i].up.text, folder.all()[i].up.text);
    ASSERT_TRUE(folder.all()[i].down) << folder.all()[i].label;
    EXPECT_EQ(embedded.all()[i].down->text, folder.all()[i].down->text);
  }
}

}  // namespace
}  // namespace coppice::db
