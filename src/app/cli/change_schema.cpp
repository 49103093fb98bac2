#include "app/cli/change_schema.hpp"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "app/cli/admin_client.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/migration_view.hpp"
#include "app/cli/print_json.hpp"
#include "app/cli/progress_line.hpp"
#include "app/database_folder.hpp"
#include "db/connection.hpp"
#include "db/litefs/position_file.hpp"
#include "db/process_guard.hpp"
#include "db/run_mark.hpp"

namespace coppice::app::cli {

using actors::Errc;
using actors::fail;
using actors::Result;
using db::MigrationPlan;
using db::Migrations;
using db::MigrationStatus;

namespace {

constexpr auto kPoll = std::chrono::milliseconds(50);

/// Long enough for migrations of a large database.
constexpr std::chrono::minutes kUpTimeout(30);

void print_warnings(const MigrationStatus& status) {
  for (const auto& warning : status.warnings()) std::cerr << "warning: " << warning << "\n";
}

Result<Migrations> load(const MigrateOptions& options) {
  return options.migrations.empty() ? Migrations::embedded()
                                    : Migrations::from_directory(options.migrations);
}

bool has_log(const std::string& database) {
  std::error_code unreadable;
  return std::filesystem::exists(database + "-wal", unreadable) || unreadable;
}

// Both are what SQLite may say when it can make no file beside the database.
bool is_about_writing(const actors::Error& error) {
  return error == Errc::read_only || error == Errc::io_error;
}

// In a folder that takes no files SQLite reads a database only when told that nobody writes to it;
// without a log beside it, that is so.
Result<db::Connection> open_reader(const std::string& database) {
  auto reader = db::Connection::open({.path = database, .read_only = true});
  if (reader || !is_about_writing(reader.error()) || has_log(database)) return reader;
  return db::Connection::open({.path = database, .read_only = true, .immutable = true});
}

Result<MigrationStatus> read_status(const Migrations& migrations, const std::string& database) {
  auto connection = open_reader(database);
  if (!connection) return std::unexpected(std::move(connection.error()));
  return migrations.status(*connection);
}

Result<MigrationStatus> status_before(const Migrations& migrations, const MigrateOptions& options,
                                      bool makes_database) {
  std::error_code unreadable;
  const bool missing = !std::filesystem::exists(options.database, unreadable) && !unreadable;
  if (missing && makes_database) return migrations.status(std::span<const db::MigrationRecord>());
  return read_status(migrations, options.database);
}

Result<db::ProcessGuard> wait_for_guard(const MigrateOptions& options) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(options.wait_seconds);
  for (bool first = true;; first = false) {
    auto guard = db::ProcessGuard::acquire(options.database);
    if (guard || guard.error() != Errc::busy) return guard;
    if (Clock::now() >= deadline) {
      return fail(Errc::busy, options.database +
                                  " is in use: by a server, whose code needs the schema that it "
                                  "has brought up to date, or by another command. Stop the server "
                                  "first (coppice stop)");
    }
    if (first) std::cerr << "waiting for another process that uses " << options.database << "\n";
    std::this_thread::sleep_for(kPoll);
  }
}

// Its locks say nothing of the server, and a replica takes no writes.
Result<void> refuse_replicated(const std::string& database) {
  if (!db::litefs::is_replicated(database)) return {};
  return fail(
      Errc::unsupported,
      "LiteFS replicates " + database +
          ": the server of the primary brings its schema up to date when it starts or takes "
          "over, and replicas get it from there. Deploy the primary's region");
}

/// A database that this process alone changes.
struct Target {
  db::ProcessGuard guard;
  db::Connection connection;
};

// The guard comes before the connection: the first one to open a new database sets it up.
Result<Target> take_target(const MigrateOptions& options) {
  if (auto made = make_database_folder(options.database); !made) {
    return std::unexpected(std::move(made.error()));
  }
  if (!std::ofstream(options.database, std::ios::app)) {
    return fail(Errc::io_error, options.database + " can't be written: " + std::strerror(errno));
  }
  auto guard = wait_for_guard(options);
  if (!guard) return std::unexpected(std::move(guard.error()));
  auto connection = db::Connection::open({.path = options.database});
  if (!connection) return std::unexpected(std::move(connection.error()));
  // After a run that has lost commits, its positions must not come again.
  if (auto begun = db::begin_run(*connection, db::Synchronous::full); !begun) {
    return std::unexpected(std::move(begun.error()));
  }
  return Target{std::move(*guard), std::move(*connection)};
}

/// Tells of each step when it has run: people at once, programs of all of them at the end.
class StepReport {
 public:
  StepReport(const Migrations& migrations, const MigrateOptions& options)
      : migrations_(migrations), options_(options) {}
  StepReport(const StepReport&) = delete;
  StepReport& operator=(const StepReport&) = delete;
  ~StepReport() = default;

  /// No more steps come.
  void finish() {
    if (!options_.json) return;
    print_json({{"database", options_.database},
                {"dry_run", options_.dry_run},
                {"steps", std::move(steps_)},
                {"failed", std::move(failed_)}});
  }

  /// That one has failed, and no more come. People are told why at the end of the command.
  void fail_at(const db::MigrationStep& step, const actors::Error& error) {
    if (options_.json) {
      auto about = description_of(step);
      about["reason"] = error.context.empty() ? error.message() : error.context;
      failed_ = std::move(about);
    }
    finish();
  }

  /// What is said while it runs.
  /// @param number  Its own, of @p all.
  [[nodiscard]] std::string doing(const db::MigrationStep& step, std::size_t number,
                                  std::size_t all) const {
    return fmt::format("{} {}_{}, {} of {}", is_up(step) ? "applying" : "undoing", step.version,
                       label_of(step), number, all);
  }

  /// @param ran  False if it had been done by somebody else.
  void add(const db::MigrationStep& step, bool ran) {
    if (options_.json) {
      auto about = description_of(step);
      about["ran"] = ran;
      if (options_.dry_run) about["sql"] = script_of(migrations_, step).text;
      steps_.push_back(std::move(about));
    } else {
      std::cout << (ran ? "" : "already ") << (is_up(step) ? "applied" : "undone") << " "
                << step.version << "_" << label_of(step) << "\n"
                << std::flush;
    }
  }

 private:
  static bool is_up(const db::MigrationStep& step) {
    return step.direction == db::MigrationDirection::up;
  }

  [[nodiscard]] const std::string& label_of(const db::MigrationStep& step) const {
    return migrations_.find(step.version)->label;
  }

  [[nodiscard]] boost::json::object description_of(const db::MigrationStep& step) const {
    return {{"version", std::to_string(step.version)},
            {"name", label_of(step)},
            {"direction", is_up(step) ? "up" : "down"}};
  }

  const Migrations& migrations_;
  const MigrateOptions& options_;
  boost::json::array steps_;
  boost::json::value failed_ = nullptr;
};

Result<void> run_plan(const Migrations& migrations, const MigrateOptions& options,
                      const MigrationPlan& plan, db::Connection& connection) {
  StepReport report(migrations, options);
  ProgressLine line(!options.json);
  std::size_t number = 0;
  for (const auto& step : plan) {
    line.say(report.doing(step, ++number, plan.size()));
    const auto ran = migrations.run(connection, step);
    line.hide();
    if (!ran) {
      report.fail_at(step, ran.error());
      return std::unexpected(ran.error());
    }
    report.add(step, *ran);
  }
  report.finish();
  return {};
}

/// What would run, or that nothing would.
void show_plan(const Migrations& migrations, const MigrateOptions& options,
               const MigrationPlan& plan) {
  if (!options.json) {
    std::cout << (plan.empty() ? "nothing to do\n" : render_plan(migrations, plan));
    return;
  }
  StepReport report(migrations, options);
  for (const auto& step : plan) report.add(step, false);
  report.finish();
}

/// Has the server apply it. False where none can: none answers, or it has another database.
Result<bool> have_server_change(const MigrateOptions& options, const SchemaChange& change) {
  if (change.request == nullptr || !options.migrations.empty()) return false;
  const auto answer =
      AdminClient(options.socket)
          .post(change.request,
                {{"database", std::filesystem::absolute(options.database).string()}}, kUpTimeout);
  if (!answer) {
    const auto& error = answer.error();
    if (error == Errc::unavailable || error == Errc::conflict) return false;
    return std::unexpected(error);
  }
  const auto text = read_answer(options.socket, *answer, [&](const std::string& json) {
    std::string lines;
    const auto told = boost::json::parse(json);
    for (const auto& step : told.at("steps").as_array()) {
      lines.append("applied ").append(step.at("version").as_string());
      lines.append("_").append(step.at("name").as_string()).append("\n");
    }
    if (options.json) return json + "\n";
    return lines.empty() ? std::string("nothing to do\n") : lines;
  });
  if (!text) return std::unexpected(text.error());
  std::cout << *text;
  return true;
}

Result<void> check_newer(const Migrations& migrations, const MigrateOptions& options,
                         const Result<MigrationStatus>& status) {
  if (!status) return std::unexpected(status.error());
  return options.allow_newer ? Result<void>() : migrations.refuse_newer(*status);
}

Result<MigrationPlan> make_plan(const Migrations& migrations, const MigrateOptions& options,
                                const SchemaChange& change) {
  const auto status = status_before(migrations, options, change.makes_database);
  if (status) print_warnings(*status);
  if (auto usable = check_newer(migrations, options, status); !usable) {
    return std::unexpected(std::move(usable.error()));
  }
  return change.plan(migrations, *status);
}

}  // namespace

// What to do is decided before the database is taken: of two that are told at the same time to undo
// the last migration, the second one must not undo the one before it.
Result<void> change_schema(const MigrateOptions& options, const SchemaChange& change) {
  const auto migrations = load(options);
  if (!migrations) return std::unexpected(migrations.error());
  const auto plan = make_plan(*migrations, options, change);
  if (!plan) return std::unexpected(plan.error());
  if (plan->empty() || options.dry_run) {
    show_plan(*migrations, options, *plan);
    return {};
  }
  const auto done = have_server_change(options, change);
  if (!done) return std::unexpected(done.error());
  if (*done) return {};
  if (auto ours = refuse_replicated(options.database); !ours) return ours;
  auto target = take_target(options);
  if (!target) return std::unexpected(std::move(target.error()));
  // A later release may have been what this one waited for.
  const auto status = migrations->status(target->connection);
  if (auto usable = check_newer(*migrations, options, status); !usable) return usable;
  return run_plan(*migrations, options, *plan, target->connection);
}

Result<void> show_migrations(const MigrateOptions& options) {
  const auto migrations = load(options);
  if (!migrations) return std::unexpected(migrations.error());
  const auto status = read_status(*migrations, options.database);
  if (!status) return std::unexpected(status.error());
  if (options.json) {
    std::cout << migrations_json(options.database, *status);
    return {};
  }
  std::cout << render_migrations(*status);
  print_warnings(*status);
  return {};
}

}  // namespace coppice::app::cli
