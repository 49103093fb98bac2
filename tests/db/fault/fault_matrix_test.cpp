#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "actors/testkit/world.hpp"
#include "db/database_world.hpp"
#include "db/fault/fault_vfs.hpp"

// Every call on the way of a write fails once at each position, from the making of the database to
// its closing, and again with all later calls failing as well.
namespace coppice::db {
namespace {

using actors::Errc;
using actors::Error;
using std::chrono::seconds;

constexpr actors::Duration kAnswerWithin = seconds(5);
constexpr actors::Duration kRecovery = seconds(300);

constexpr std::string_view kPositionMigration =
    "CREATE TABLE coppice_position (id INTEGER PRIMARY KEY, epoch INTEGER, sequence INTEGER);\n"
    "INSERT INTO coppice_position VALUES (1, 1, 0);\n";

// The shape of posts and their search index, small.
constexpr std::string_view kNotesMigration =
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);\n"
    "CREATE VIRTUAL TABLE notes_fts USING fts5(text);\n"
    "CREATE TRIGGER notes_added AFTER INSERT ON notes BEGIN\n"
    "  INSERT INTO notes_fts (rowid, text) VALUES (NEW.id, NEW.text);\n"
    "END;\n";

MigrationFile embedded_file(std::string_view label) {
  for (const auto& file : embedded_migration_files()) {
    if (file.name.ends_with(label)) return {std::string(file.name), std::string(file.text)};
  }
  throw std::runtime_error("no such migration: " + std::string(label));
}

std::vector<MigrationFile> small_schema() {
  return {embedded_file("create_idempotency_keys.up.sql"),
          {"migrations/20990101000000_position.up.sql", std::string(kPositionMigration)},
          {"migrations/20990101000001_notes.up.sql", std::string(kNotesMigration)}};
}

/// What a caller may be told by a database whose file system fails, and what has to be said of it.
bool is_defined(const Error& error) {
  static const std::set<Errc> kCodes = {Errc::disk_full,   Errc::io_error, Errc::busy,
                                        Errc::unavailable, Errc::timeout,  Errc::down};
  return kCodes.contains(error.code);
}

/// With a key, so that it can be sent again.
Command add_note(const std::string& text) { return to_command(AddNote{text}, text.substr(0, 20)); }

/// One life of a database under a fault: made, written to, closed, and looked at.
class FaultRun {
 public:
  FaultRun(FaultVfs& vfs, std::filesystem::path path) : vfs_(vfs), path_(std::move(path)) {
    database_ = must(Database::create({.path = path_,
                                       .pool_size = 1,
                                       .commands = shared_commands(),
                                       .migrations = shared_migrations(small_schema())}));
  }

  /// Does all that a life does with the fault in wait. False if it never struck.
  bool live(Fault fault) {
    vfs_.arm(fault);
    if (!start()) {
      EXPECT_TRUE(vfs_.struck()) << "no start, for no fault: " << start_failure_;
      vfs_.disarm();
      EXPECT_TRUE(start()) << "after the fault: " << start_failure_;
    }
    work();
    if (vfs_.struck()) recover();
    must(world_.stop(supervisor_));
    vfs_.disarm();
    check();
    return vfs_.struck();
  }

 private:
  bool start() {
    const auto place =
        world_.runtime().root()->child("database", supervisor::ChildType::supervisor, "");
    const auto outcome = world_.start(database_spec(*database_).start, {.place = place});
    supervisor_ = outcome.pid;
    start_failure_ = outcome.reason.to_string();
    return outcome.ok();
  }

  void work() {
    write({"a1", "a2"});
    // Checkpoints belong to the way of a write, so they come with every commit.
    (void)database_->execute_blocking(world_.runtime(), RunSql{"PRAGMA wal_autocheckpoint = 1"},
                                      kAnswerWithin);
    write({"b1", "b2", "b3"});
    write({"c1"});
    write({std::string(6000, 'd')});  // Pages that the database did not have.
  }

  /// Writes notes with one commit, and one command among them that fails alone.
  void write(const std::vector<std::string>& texts) {
    std::vector<Command> commands;
    commands.reserve(texts.size() + 1);
    for (const auto& text : texts) commands.push_back(add_note(text));
    commands.push_back(to_command(AddNoteThenFail{"never"}, "never"));
    const auto results =
        database_->execute_all_blocking(world_.runtime(), std::move(commands), kAnswerWithin);
    EXPECT_FALSE(results.back());
    for (std::size_t i = 0; i < texts.size(); ++i) remember(texts[i], results[i]);
    batches_.push_back(texts);
  }

  void remember(const std::string& text, const CommandResult& result) {
    if (result) {
      acknowledged_[text] = result->position;
      return;
    }
    failed_.push_back(text);
    EXPECT_TRUE(vfs_.struck()) << "failed without a fault: " << result.error().message();
    EXPECT_TRUE(is_defined(result.error())) << result.error().message();
    EXPECT_NE(result.error().context, "") << text.substr(0, 20);
  }

  /// The disk works again: so does the writer, in its time.
  void recover() {
    vfs_.disarm();
    const auto limit = world_.now() + kRecovery;
    const auto works = [&] { return database_->readiness().ready() && database_->check_writes(); };
    world_.run_until([&] { return works() || world_.now() > limit; });
    ASSERT_TRUE(works()) << database_->readiness().report().reason << "; " << writer_state();
    check_commits_are_whole();
    for (const auto& text : failed_) retry(text);
    retry("after");
  }

  [[nodiscard]] std::string writer_state() const {
    const auto writes = database_->check_writes();
    return writes ? "takes writes" : writes.error().message();
  }

  /// What failed may have been committed all the same: with its key it can be sent again.
  void retry(const std::string& text) {
    const auto results =
        database_->execute_all_blocking(world_.runtime(), {add_note(text)}, seconds(60));
    ASSERT_TRUE(results[0]) << results[0].error().message();
    acknowledged_[text] = results[0]->position;
  }

  void check_commits_are_whole() {
    auto db = must(Connection::open({.path = path_, .read_only = true}));
    const auto stored = stored_notes(db);
    for (const auto& batch : batches_) {
      const auto kept = std::ranges::count_if(
          batch, [&](const std::string& text) { return stored.contains(text); });
      EXPECT_TRUE(kept == 0 || static_cast<std::size_t>(kept) == batch.size())
          << "a part of a commit: " << batch.front();
    }
  }

  static std::multiset<std::string> stored_notes(Connection& db) {
    std::multiset<std::string> stored;
    for (auto& [text] : must(query<std::string>(db, "SELECT text FROM notes"))) {
      stored.insert(std::move(text));
    }
    return stored;
  }

  void check() {
    auto db = must(Connection::open({.path = path_}));
    EXPECT_EQ(must(query_value<std::string>(db, "PRAGMA integrity_check")), "ok");
    const auto index_is_sound =
        db.execute("INSERT INTO notes_fts (notes_fts) VALUES ('integrity-check')");
    EXPECT_TRUE(index_is_sound) << index_is_sound.error().message();
    EXPECT_EQ(must(query_value<std::int64_t>(
                  db,
                  "SELECT (SELECT count(*) FROM "
                  "(SELECT id, text FROM notes EXCEPT SELECT rowid, text FROM notes_fts)) + "
                  "abs((SELECT count(*) FROM notes) - (SELECT count(*) FROM notes_fts))")),
              0);
    check_notes(db);
  }

  void check_notes(Connection& db) {
    const auto stored = stored_notes(db);
    const Position last = must(read_position(db));
    for (const auto& [text, position] : acknowledged_) {
      EXPECT_EQ(stored.count(text), 1U) << text.substr(0, 20) << " was acknowledged";
      EXPECT_LE(position, last);
    }
    EXPECT_EQ(stored.size(), acknowledged_.size()) << "there is more than was acknowledged";
  }

  FaultVfs& vfs_;
  const std::filesystem::path path_;
  actors::testkit::World world_{{.seed = 1}};
  std::optional<Database> database_;
  actors::Pid supervisor_;
  std::string start_failure_;
  std::map<std::string, Position> acknowledged_;
  std::vector<std::string> failed_;
  std::vector<std::vector<std::string>> batches_;
};

struct Case {
  FaultKind kind;
  bool lasts;
};

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return fmt::format("{}_{}", to_string(info.param.kind), info.param.lasts ? "that_lasts" : "once");
}

class FaultMatrixTest : public testing::TestWithParam<Case> {
 protected:
  // A thousand failures that are wanted would bury one that is not.
  FaultMatrixTest() { spdlog::set_level(spdlog::level::off); }
  ~FaultMatrixTest() override { spdlog::set_level(spdlog::level::info); }

  [[nodiscard]] std::filesystem::path path() const { return directory_ / "app.db"; }

  /// Empties the file rather than making another: a process keeps a descriptor of each that it has
  /// served.
  void forget_database() const {
    for (const auto* suffix : {"-wal", "-shm", "-journal"}) {
      std::filesystem::remove(path().string() + suffix);
    }
    if (std::filesystem::exists(path())) std::filesystem::resize_file(path(), 0);
  }

  TemporaryDirectory directory_;
  FaultVfs vfs_;
};

TEST_P(FaultMatrixTest, NoFaultLosesAnAcknowledgedWriteOrKeepsOneTwice) {
  std::size_t position = 0;
  for (bool struck = true; struck && !HasFatalFailure();) {
    ++position;
    forget_database();
    FaultRun run(vfs_, path());
    struck = run.live({GetParam().kind, position, GetParam().lasts});
    if (HasFailure()) {
      FAIL() << fmt::format("{} at position {}, {}", to_string(GetParam().kind), position,
                            vfs_.place());
    }
  }
  RecordProperty("positions", static_cast<int>(position));
  EXPECT_GT(position, 4U) << "the workload has too few calls to fail";
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, FaultMatrixTest,
    testing::Values(Case{FaultKind::io_error, false}, Case{FaultKind::io_error, true},
                    Case{FaultKind::no_space, false}, Case{FaultKind::no_space, true},
                    Case{FaultKind::short_write, false}, Case{FaultKind::failed_sync, false},
                    Case{FaultKind::failed_sync, true}, Case{FaultKind::lock_error, false},
                    Case{FaultKind::lock_error, true}, Case{FaultKind::busy, false}),
    name_of);

}  // namespace
}  // namespace coppice::db
