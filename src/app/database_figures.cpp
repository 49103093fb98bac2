#include "app/database_figures.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>

#include "db/free_space.hpp"

namespace coppice::app {
namespace {

std::optional<std::uint64_t> size_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? std::nullopt : std::optional<std::uint64_t>(size);
}

void add_reader(DatabaseFigures& to, const db::ReaderSlot& reader) {
  const bool busy = reader.activity.busy.load(std::memory_order_relaxed);
  const std::uint64_t load = reader.load.load(std::memory_order_relaxed);
  ++to.readers;
  to.readers_busy += busy ? 1 : 0;
  to.reads_waiting += load - std::min<std::uint64_t>(load, busy ? 1 : 0);
  to.reads_interrupted += reader.activity.interrupted.load(std::memory_order_relaxed);
  to.read_seconds.add(reader.activity.seconds.read());
}

double batch_age(const actors::Runtime& runtime, const db::WriterActivity& writer) {
  const auto began = writer.batch_began.load(std::memory_order_relaxed);
  if (began == 0) return 0;
  const auto took = runtime.now().time_since_epoch().count() - began;
  return std::max(0.0, static_cast<double>(took) / 1e9);
}

}  // namespace

DatabaseFigures figures_of(const actors::Runtime& runtime, const db::Database& database) {
  DatabaseFigures figures;
  figures.file_bytes = size_of(database.path());
  figures.log_bytes = size_of(database.path().string() + "-wal");
  if (const auto space = db::free_space_beside(database.path())) figures.free_bytes = *space;
  database.readers().each_reader(
      [&](const db::ReaderSlot& reader) { add_reader(figures, reader); });
  figures.batch_age_seconds = batch_age(runtime, database.writer_activity());
  return figures;
}

}  // namespace coppice::app
