#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/shard.hpp"
#include "actors/testkit/world.hpp"
#include "db/database.hpp"
#include "db/database_fixture.hpp"
#include "db/embedded_migrations.hpp"
#include "db/example_commands.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::db {

/// The binary's migrations and one more, for the table of the example commands.
inline std::vector<MigrationFile> migration_files_with_notes() {
  std::vector<MigrationFile> files;
  for (const auto& file : embedded_migration_files()) {
    files.push_back({std::string(file.name), std::string(file.text)});
  }
  files.push_back({"migrations/20990101000000_create_notes.up.sql",
                   "CREATE TABLE notes (id INTEGER PRIMARY KEY, text UNIQUE);\n"});
  return files;
}

inline std::shared_ptr<const Migrations> shared_migrations(std::vector<MigrationFile> files) {
  return std::make_shared<const Migrations>(must(Migrations::from_files(std::move(files))));
}

inline std::shared_ptr<const CommandRegistry> shared_commands() {
  return std::make_shared<const CommandRegistry>(example_commands());
}

/// Whether a text has a part; shows both if not.
inline testing::AssertionResult has(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << '"' << text << "\" has no \"" << part << '"';
}

/// What happened to requests, by the name that the test gave them: "ok" or the error's message.
using Outcomes = std::map<std::string, std::string>;

/// An actor that asks the database for things, all at once.
class Client final : public actors::Server<Client> {
 public:
  Client(Database database, std::shared_ptr<Outcomes> outcomes)
      : database_(std::move(database)), outcomes_(std::move(outcomes)) {}

  struct Write {
    std::string name;
    Command command;
    actors::Duration timeout = std::chrono::seconds(5);
  };
  void handle(Write message) { background(write(std::move(message))); }

  struct WaitFor {
    std::string name;
    Position position;
    actors::Duration timeout = std::chrono::seconds(1);
  };
  void handle(WaitFor message) { background(wait_for(std::move(message))); }

  struct LookFor {
    std::string name;
    Position position;
  };
  void handle(LookFor message) { background(look_for(std::move(message))); }

  using ReadText = std::move_only_function<actors::Result<std::string>(Connection&)>;
  struct Read {
    std::string name;
    ReadText function;
    actors::Duration timeout = std::chrono::seconds(5);
  };
  void handle(Read message) { background(read(std::move(message))); }

 private:
  actors::Task<void> write(Write message) {
    const auto reply = co_await database_.execute(std::move(message.command), message.timeout);
    (*outcomes_)[message.name] = reply ? "ok" : reply.error().message();
  }

  actors::Task<void> wait_for(WaitFor message) {
    const auto arrival = co_await database_.wait_for(message.position, message.timeout);
    (*outcomes_)[message.name] = arrival ? name_of(*arrival) : arrival.error().message();
  }

  actors::Task<void> look_for(LookFor message) {
    const auto arrival = co_await database_.look_for(message.position, std::chrono::seconds(1));
    (*outcomes_)[message.name] = arrival ? name_of(*arrival) : arrival.error().message();
  }

  static std::string name_of(Arrival arrival) {
    switch (arrival) {
      case Arrival::here: return "here";
      case Arrival::arrived: return "arrived";
      case Arrival::superseded: return "superseded";
      case Arrival::missing: break;
    }
    return "missing";
  }

  actors::Task<void> read(Read message) {
    const auto text = co_await database_.read(std::move(message.function), message.timeout);
    (*outcomes_)[message.name] = text ? *text : text.error().message();
  }

  Database database_;
  std::shared_ptr<Outcomes> outcomes_;
};

/// A deterministic world with a database supervisor at "/database" and a client.
class DatabaseWorldTest : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return directory_ / "app.db"; }

  [[nodiscard]] DatabaseOptions options() const {
    return {.path = path(),
            .pool_size = 2,
            .synchronous = Synchronous::normal,
            .commands = shared_commands(),
            .migrations = shared_migrations(migration_files_with_notes())};
  }

  [[nodiscard]] actors::StartOutcome try_start(DatabaseOptions options) {
    database_ = must(Database::create(std::move(options)));
    place_ = world_.runtime().root()->child("database", supervisor::ChildType::supervisor, "");
    auto outcome = world_.start(database_spec(*database_).start, {.place = place_});
    client_ = world_.spawn<Client>(*database_, outcomes_);
    return outcome;
  }

  void start(DatabaseOptions options) {
    const auto outcome = try_start(std::move(options));
    if (!outcome.ok()) throw std::runtime_error(outcome.reason.to_string());
    supervisor_ = {world_.runtime(), outcome.pid};
  }
  void start() { start(options()); }

  [[nodiscard]] actors::Pid pid(const std::string& child) { return place_->find(child)->pid(); }

  /// What an operator sees of a child; "gone" while there is none.
  [[nodiscard]] std::string describe(const std::string& child) {
    std::string text = "gone";
    (void)world_.runtime().inspect(pid(child),
                                   [&](actors::Cell& cell) { text = cell.actor().describe(); });
    return text;
  }

  void suspend(const std::string& child) {
    must(world_.runtime().inspect(pid(child), [](actors::Cell& cell) { cell.suspend(); }));
  }
  void resume(const std::string& child) {
    must(world_.runtime().inspect(pid(child), [](actors::Cell& cell) { cell.resume(); }));
  }

  void crash(const std::string& child) { world_.runtime().crash(pid(child), "drill"); }

  /// Waits out the back-off before a restart.
  void wait_for(const std::string& child) {
    ASSERT_TRUE(world_.run_until([&] { return static_cast<bool>(pid(child)); }));
  }

  /// Has the client send a command without letting the writer work at it.
  template <CommandType C>
  void send(const std::string& name, const C& command,
            actors::Duration timeout = std::chrono::seconds(5)) {
    world_.cast(client_, Client::Write{name, to_command(command), timeout}).ignore();
    world_.step(client_.pid());
  }

  template <CommandType C>
  [[nodiscard]] auto execute(C command) {
    return database_->execute_blocking(world_.runtime(), std::move(command),
                                       std::chrono::seconds(5));
  }

  template <ReadFunction F>
  [[nodiscard]] auto read(F function, actors::Duration timeout = std::chrono::seconds(5)) {
    return database_->read_blocking(world_.runtime(), std::move(function), timeout);
  }

  [[nodiscard]] std::string outcome(const std::string& name) {
    const auto found = outcomes_->find(name);
    return found == outcomes_->end() ? "none" : found->second;
  }

  /// The notes in the file, read past the actors.
  [[nodiscard]] std::string notes() {
    auto connection = must(Connection::open({.path = path(), .read_only = true}));
    return must(query_value<std::optional<std::string>>(
                    connection,
                    "SELECT group_concat(text) FROM (SELECT text FROM notes ORDER BY id)"))
        .value()
        .value_or("");
  }

  TemporaryDirectory directory_;
  actors::testkit::World world_{{.seed = 1}};
  std::optional<Database> database_;
  std::shared_ptr<actors::Place> place_;
  actors::Ref<supervisor::Supervisor> supervisor_;
  std::shared_ptr<Outcomes> outcomes_ = std::make_shared<Outcomes>();
  actors::Ref<Client> client_;
};

}  // namespace coppice::db
