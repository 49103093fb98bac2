#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <tuple>

#include "db/command.hpp"
#include "db/connection.hpp"
#include "db/query.hpp"

/// Commands that the tests of the writer's parts use, on a table `notes (id, text UNIQUE)`.
namespace coppice::db {

struct AddNote {
  static constexpr std::string_view kName = "notes.add";
  using Reply = std::int64_t;

  std::string text;
  auto fields(this auto& self) { return std::tie(self.text); }

  actors::Result<Reply> run(Connection& db) const {
    if (auto done = db.execute("INSERT INTO notes (text) VALUES (?)", text); !done) {
      return std::unexpected(done.error());
    }
    return db.last_insert_rowid();
  }
};

struct ClearNotes {
  static constexpr std::string_view kName = "notes.clear";
  using Reply = void;

  auto fields(this auto&) { return std::tie(); }

  actors::Result<void> run(Connection& db) const { return db.execute("DELETE FROM notes"); }
};

/// Runs any statement; what a test needs to go wrong.
struct RunSql {
  static constexpr std::string_view kName = "test.sql";
  using Reply = void;

  std::string sql;
  auto fields(this auto& self) { return std::tie(self.sql); }

  actors::Result<void> run(Connection& db) const { return db.execute(sql); }
};

/// Writes a note and fails after all.
struct AddNoteThenFail {
  static constexpr std::string_view kName = "notes.add_then_fail";
  using Reply = void;

  std::string text;
  auto fields(this auto& self) { return std::tie(self.text); }

  actors::Result<void> run(Connection& db) const {
    if (auto done = db.execute("INSERT INTO notes (text) VALUES (?)", text); !done) return done;
    return actors::fail(actors::Errc::forbidden, "not this one");
  }
};

struct Throw {
  static constexpr std::string_view kName = "test.throw";
  using Reply = void;

  auto fields(this auto&) { return std::tie(); }

  actors::Result<void> run(Connection& db) const {
    (void)db.execute("INSERT INTO notes (text) VALUES ('thrown away')");
    throw std::runtime_error("a bug");
  }
};

/// Fails with an error of its own, whatever code that has.
struct Refuse {
  static constexpr std::string_view kName = "test.refuse";
  using Reply = void;

  int code = 0;
  auto fields(this auto& self) { return std::tie(self.code); }

  actors::Result<void> run(Connection& db) const {
    if (auto done = db.execute("SELECT 1"); !done) return done;
    return actors::fail(static_cast<actors::Errc>(code), "not the database's fault");
  }
};

/// Takes its batch along, but only when it is run once more.
struct RollBackOnSecondRun {
  static constexpr std::string_view kName = "test.roll_back_on_second_run";
  using Reply = void;
  static inline int runs = 0;

  auto fields(this auto&) { return std::tie(); }

  actors::Result<void> run(Connection& db) const {
    if (++runs != 2) return {};
    return db.execute("INSERT OR ROLLBACK INTO notes (id, text) VALUES (9, 'taken'), (9, 'taken')");
  }
};

inline CommandRegistry example_commands() {
  CommandRegistry commands;
  commands.add<AddNote>();
  commands.add<ClearNotes>();
  commands.add<RunSql>();
  commands.add<AddNoteThenFail>();
  commands.add<Throw>();
  commands.add<Refuse>();
  commands.add<RollBackOnSecondRun>();
  return commands;
}

}  // namespace coppice::db
