// A server to be killed: crash_server DATABASE CLIENTS [TORN_WRITE]
//
// Takes writes from standard input, one to a line, "CLIENT KIND KEY": KIND is `entry` or `post`,
// KEY names the write and is its idempotency key. Clients are numbered from 0; each has one write
// at work at a time, and all of them write at once. Answers "ok CLIENT KEY" once the write is
// durable, or "error CLIENT KEY REASON". Says "ready" first. Ends in good order with its input.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/spawn.hpp"
#include "app/content/content_commands.hpp"
#include "crash/torn_write.hpp"
#include "db/database.hpp"
#include "db/embedded_migrations.hpp"
#include "db/query.hpp"

namespace {

using namespace coppice;
using actors::Result;
using std::chrono::seconds;

constexpr auto kPatience = seconds(60);

/// A row, and the count of all rows in a row of its own: a part of it alone would show.
struct AddEntry {
  static constexpr std::string_view kName = "crash.add_entry";
  using Reply = void;

  std::string key;
  auto fields(this auto& self) { return std::tie(self.key); }

  [[nodiscard]] Result<void> run(db::Connection& db) const {
    if (auto done = db.execute("UPDATE crash_totals SET entries = entries + 1"); !done) return done;
    return db.execute("INSERT INTO crash_entries (key, payload) VALUES (?, ?)", key,
                      std::string(200, 'x'));
  }
};

/// Lets kills meet checkpoints: by default there is one in a thousand pages.
struct CheckpointOften {
  static constexpr std::string_view kName = "crash.checkpoint_often";
  using Reply = void;

  auto fields(this auto&) { return std::tie(); }

  [[nodiscard]] static Result<void> run(db::Connection& db) {
    return db.execute("PRAGMA wal_autocheckpoint = 60");
  }
};

std::shared_ptr<const db::CommandRegistry> commands() {
  auto registry = std::make_shared<db::CommandRegistry>();
  app::content::add_content_commands(*registry);
  registry->add<AddEntry>();
  registry->add<CheckpointOften>();
  return registry;
}

Result<std::shared_ptr<const db::Migrations>> migrations() {
  std::vector<db::MigrationFile> files;
  for (const auto& file : db::embedded_migration_files()) {
    files.push_back({std::string(file.name), std::string(file.text)});
  }
  files.push_back({"migrations/20990101000000_create_crash_entries.up.sql",
                   "CREATE TABLE crash_entries (id INTEGER PRIMARY KEY, key TEXT, payload TEXT);\n"
                   "CREATE TABLE crash_totals (entries INTEGER);\n"
                   "INSERT INTO crash_totals VALUES (0);\n"});
  auto all = db::Migrations::from_files(std::move(files));
  if (!all) return std::unexpected(std::move(all.error()));
  return std::make_shared<const db::Migrations>(std::move(*all));
}

app::content::Post post_of(const std::string& key) {
  app::content::Post post;
  post.title = "Post " + key;
  post.slug = key;
  for (int i = 0; i < 60; ++i) post.raw_body += fmt::format("word{} of {} ", i, key);
  post.body = "<p>" + post.raw_body + "</p>";
  post.tags = {"killed", "tag-" + key.substr(key.size() - 1)};
  return post;
}

db::Command command_of(const std::string& kind, const std::string& key) {
  if (kind == "post") return db::to_command(app::content::UpsertPost{post_of(key)}, key);
  return db::to_command(AddEntry{key}, key);
}

void say(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::cout << line << std::endl;  // NOLINT(performance-avoid-endl): the other side waits for it
}

class Client final : public actors::Server<Client> {
 public:
  struct Write {
    std::string kind;
    std::string key;
  };

  Client(db::Database database, std::size_t number)
      : database_(std::move(database)), number_(number) {}

  actors::Task<void> handle(Write write) {
    auto command = command_of(write.kind, write.key);
    const auto reply = co_await database_.execute(std::move(command), kPatience);
    say(reply ? fmt::format("ok {} {}", number_, write.key)
              : fmt::format("error {} {} {}", number_, write.key, reply.error().message()));
  }

 private:
  db::Database database_;
  const std::size_t number_;
};

using Clients = std::vector<actors::Ref<Client>>;

Result<Clients> start_clients(actors::Runtime& runtime, const db::Database& database,
                              std::size_t count) {
  Clients clients;
  for (std::size_t i = 0; i < count; ++i) {
    auto client = actors::spawn<Client>(runtime, {}, database, i);
    if (!client) return std::unexpected(std::move(client.error()));
    clients.push_back(*client);
  }
  return clients;
}

void pass_on_input(const Clients& clients) {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::size_t client = 0;
    Client::Write write;
    words >> client >> write.kind >> write.key;
    clients.at(client).cast(std::move(write)).ignore();
  }
}

Result<void> serve(const std::string& path, std::size_t client_count) {
  auto all_migrations = migrations();
  if (!all_migrations) return std::unexpected(std::move(all_migrations.error()));
  const auto database = db::Database::create({.path = path,
                                              .pool_size = 2,
                                              .commands = commands(),
                                              .migrations = std::move(*all_migrations)});
  if (!database) return std::unexpected(database.error());
  actors::Runtime runtime({.shards = 2});
  const auto place = runtime.root()->child("database", supervisor::ChildType::supervisor, "");
  const auto started = runtime.start(db::database_spec(*database).start, {.place = place});
  if (!started.ok()) return actors::fail(actors::Errc::start_failed, started.reason.to_string());
  if (auto ready = database->wait_until_ready(runtime, kPatience); !ready) return ready;
  const auto often = database->execute_blocking(runtime, CheckpointOften{}, kPatience);
  if (!often) return std::unexpected(often.error());
  const auto clients = start_clients(runtime, *database, client_count);
  if (!clients) return std::unexpected(clients.error());
  say("ready");
  pass_on_input(*clients);
  if (const auto stopped = runtime.stop(started.pid); !stopped) {
    return std::unexpected(stopped.error());
  }
  return {};
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): a drill that cannot go on shall say why and end
int main(int argc, char** argv) {
  if (argc < 3 || argc > 4 || (argc == 4 && !db::plan_torn_write(argv[3]))) {
    std::cerr << "usage: crash_server DATABASE CLIENTS [wal:N | db:N | journal:N]\n";
    return 2;
  }
  spdlog::set_level(spdlog::level::warn);
  const auto served = serve(argv[1], std::stoul(argv[2]));
  if (served) return 0;
  std::cerr << "crash_server: " << served.error().message() << "\n";
  return 1;
}
