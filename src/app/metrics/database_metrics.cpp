#include "app/metrics/database_metrics.hpp"

#include <atomic>
#include <chrono>

#include "app/database_figures.hpp"
#include "app/metrics/families.hpp"

namespace coppice::app::metrics {
namespace {

using Counter = db::WriterActivity::Counter;

void add_commands(Families& to, const db::WriterActivity& writer) {
  auto& commands =
      to.add("coppice_database_commands_total", "What became of commands that the writer was given",
             prometheus::MetricType::Counter);
  const auto add = [&commands](const char* result, const Counter& count) {
    add_counter(commands, {{"result", result}},
                static_cast<double>(count.load(std::memory_order_relaxed)));
  };
  add("committed", writer.committed);
  add("failed", writer.failed);
  add("expired", writer.expired);
  add("overloaded", writer.overloaded);
  add("disk_full", writer.disk_full);
  add("refused", writer.refused);
}

void add_checkpoints(Families& to, const db::WriterActivity& writer) {
  auto& checkpoints = to.add("coppice_database_checkpoints_total",
                             "What became of bringing the write-ahead log into the database",
                             prometheus::MetricType::Counter);
  const auto add = [&checkpoints](const char* result, const Counter& count) {
    add_counter(checkpoints, {{"result", result}},
                static_cast<double>(count.load(std::memory_order_relaxed)));
  };
  add("complete", writer.checkpoints_complete);
  add("partial", writer.checkpoints_partial);
  add("failed", writer.checkpoints_failed);
  to.gauge("coppice_database_wal_pages", "Pages that the write-ahead log holds",
           static_cast<double>(writer.log_pages.load(std::memory_order_relaxed)));
}

void add_position(Families& to, db::Position position) {
  to.gauge("coppice_database_position_epoch", "The fork of history that the database is on",
           static_cast<double>(position.epoch));
  to.gauge("coppice_database_position_sequence", "Commits that changed something, ever",
           static_cast<double>(position.sequence));
}

void add_writer(Families& to, const db::WriterActivity& writer, double batch_age) {
  add_commands(to, writer);
  to.gauge("coppice_database_commands_waiting", "Commands that wait for the next batch",
           static_cast<double>(writer.waiting.load(std::memory_order_relaxed)));
  to.gauge("coppice_database_batch_age_seconds",
           "How long the batch at work has been so, 0 between batches", batch_age);
  to.histogram("coppice_database_batch_commands", "Commands that shared a commit",
               writer.batch_commands.read());
  to.histogram("coppice_database_commit_duration_seconds", "How long commits took, syncs included",
               writer.commit_seconds.read());
  add_checkpoints(to, writer);
}

void add_role(Families& to, const db::Replication& replication) {
  auto& roles = to.add("coppice_replication_role", "1 for the role that this node has",
                       prometheus::MetricType::Gauge);
  const auto now = replication.role();
  for (const auto role : {db::Role::down, db::Role::orphan, db::Role::replica, db::Role::primary}) {
    add_gauge(roles, {{"role", std::string(to_string(role))}}, role == now ? 1 : 0);
  }
}

void add_confirmations(Families& to, const db::Database& database) {
  if (database.durability() == db::Durability::local) return;
  auto& writes = to.add("coppice_replication_writes_total",
                        "Writes that were to be on two nodes, and whether they are known to be",
                        prometheus::MetricType::Counter);
  const auto& confirmations = database.confirmations();
  add_counter(writes, {{"result", "confirmed"}}, static_cast<double>(confirmations.confirmed()));
  add_counter(writes, {{"result", "unconfirmed"}},
              static_cast<double>(confirmations.unconfirmed()));
}

void add_forwarded(Families& to, const db::Database::ForwardCounts& counts) {
  auto& writes = to.add("coppice_replication_forwarded_writes_total",
                        "Writes that were sent to the primary, each time that they were",
                        prometheus::MetricType::Counter);
  const auto add = [&writes](const char* result, const std::atomic<std::uint64_t>& count) {
    add_counter(writes, {{"result", result}},
                static_cast<double>(count.load(std::memory_order_relaxed)));
  };
  add("answered", counts.answered);
  add("unanswered", counts.unanswered);
}

/// What there is to say of a database that is replicated.
void add_replication(Families& to, const db::Database& database, actors::Time now) {
  const auto& replication = database.replication();
  if (!replication.is_replicated()) return;
  to.gauge("coppice_replication_transaction", "LiteFS's number of the last that this node has",
           static_cast<double>(replication.transaction()));
  if (const auto lag = replication.lag()) {
    to.gauge("coppice_replication_lag_seconds", "How long ago LiteFS has heard from the primary",
             std::chrono::duration<double>(*lag).count());
  }
  if (const auto heard = replication.heard_at()) {
    to.gauge("coppice_replication_last_event_age_seconds",
             "How long ago LiteFS has told anything by itself",
             std::chrono::duration<double>(now - *heard).count());
  }
  to.counter("coppice_replication_pauses_total", "How often reads were held up to let others in",
             static_cast<double>(database.readers().gate().closures()));
  to.counter("coppice_replication_lost_commits_total",
             "Commits that this node had and that another primary's history does not",
             static_cast<double>(database.losses().commits()));
  add_forwarded(to, database.forward_counts());
}

void add_readers(Families& to, const DatabaseFigures& figures) {
  to.gauge("coppice_database_readers", "Readers, each a thread",
           static_cast<double>(figures.readers));
  to.gauge("coppice_database_readers_busy", "Readers that are at work",
           static_cast<double>(figures.readers_busy));
  to.gauge("coppice_database_reads_waiting", "Reads that wait for a reader",
           static_cast<double>(figures.reads_waiting));
  to.counter("coppice_database_reads_interrupted_total", "Reads that ran into their deadlines",
             static_cast<double>(figures.reads_interrupted));
  to.histogram("coppice_database_read_duration_seconds", "How long reads took, waiting excluded",
               figures.read_seconds);
}

void add_files(Families& to, const DatabaseFigures& figures, std::uint64_t reserve) {
  to.gauge("coppice_database_size_bytes", "Size of the database's file", figures.file_bytes);
  to.gauge("coppice_database_wal_size_bytes", "Size of the write-ahead log", figures.log_bytes);
  to.gauge("coppice_database_free_space_bytes", "Free space beside the database",
           figures.free_bytes);
  to.gauge("coppice_database_free_space_reserve_bytes", "Below so much no writes are taken",
           static_cast<double>(reserve));
}

}  // namespace

std::vector<prometheus::MetricFamily> DatabaseMetrics::Collect() const {
  const auto figures = figures_of(runtime_, database_);
  Families families;
  families.gauge("coppice_database_ready", "1 if the schema is up to date",
                 database_.readiness().check() ? 1 : 0);
  families.gauge("coppice_database_writable", "1 if writes are taken",
                 database_.check_writes() ? 1 : 0);
  add_role(families, database_.replication());
  add_confirmations(families, database_);
  add_replication(families, database_, runtime_.now());
  add_position(families, database_.position());
  add_writer(families, database_.writer_activity(), figures.batch_age_seconds);
  add_readers(families, figures);
  add_files(families, figures, database_.free_space_reserve());
  return families.take();
}

}  // namespace coppice::app::metrics
