#include "app/content/folder_import.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

#include "app/content/content_commands.hpp"
#include "app/content/import_source.hpp"
#include "app/content/resources.hpp"
#include "app/content/upsert.hpp"

namespace coppice::app::content {

namespace {

using actors::Result;

// One commit each: large enough that syncing to disk is not the cost, small enough that other
// writes don't wait long behind them, nor the memory of a small machine fill up.
constexpr std::size_t kBatchCommands = 32;
constexpr std::size_t kBatchBytes = std::size_t{4} << 20U;

db::Command command_for(Post post, ImportSource source) {
  return db::to_command(UpsertPost{std::move(post), std::move(source)});
}

db::Command command_for(Project project, ImportSource source) {
  return db::to_command(UpsertProject{std::move(project), std::move(source)});
}

db::Command command_for(Asset asset, ImportSource source) {
  return db::to_command(UpsertAsset{std::move(asset), std::move(source)});
}

ImportEntry entry_for(const std::string& file, const Post& post) {
  return {.file = file, .kind = "post", .name = post.slug};
}

ImportEntry entry_for(const std::string& file, const Project& project) {
  return {.file = file, .kind = "project", .name = project.name};
}

ImportEntry entry_for(const std::string& file, const Asset& asset) {
  return {.file = file, .kind = "asset", .name = asset.name};
}

/// Whether the same write may succeed later, though neither the file nor the record changes. What
/// is wrong with the record itself stays wrong.
bool time_may_cure(const actors::Error& error) {
  using enum actors::Errc;
  constexpr std::array kPassing{noproc,        timeout,      down,     overloaded, cancelled,
                                restarting,    dropped,      closed,   read_only,  disk_full,
                                shutting_down, system_limit, io_error, busy,       unavailable};
  return std::ranges::find(kPassing, error.code) != kPassing.end();
}

/// All of the content commands answer alike.
Result<Change> change_of(const FolderImport::WriteResult& result) {
  if (!result) return std::unexpected(result.error());
  return db::from_bytes<Change>(*result);
}

}  // namespace

Result<FolderImport> FolderImport::open(const std::filesystem::path& root,
                                        const ImportOptions& options) {
  auto folder = FolderReader::open(root, options.trusted, options.memory);
  if (!folder) return std::unexpected(folder.error());
  return FolderImport(std::move(*folder), options);
}

Result<std::vector<db::Command>> FolderImport::next_commands(db::Connection& reader) {
  while (!has_batch()) {
    const auto more = read_next(reader);
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
  }
  return take_commands();
}

bool FolderImport::has_batch() const noexcept {
  return commands_.size() >= kBatchCommands || bytes_ >= kBatchBytes;
}

std::vector<db::Command> FolderImport::take_commands() noexcept {
  bytes_ = 0;
  return std::exchange(commands_, {});
}

Result<bool> FolderImport::read_next(db::Connection& reader) {
  std::optional<actors::Error> failed;
  const ImageLookup find_stored = [&](std::string_view name) -> std::optional<ImageInfo> {
    auto image = find_image(reader, name);
    if (image) return std::move(*image);
    failed = image.error();
    return std::nullopt;
  };
  const ImportedImage is_imported = [&](const std::string& name, const std::string& digest) {
    if (force_) return false;
    const auto state = import_state(reader, {.table = assets_table(), .name = name}, digest);
    if (!state) failed = state.error();
    return state && *state != ImportState::fresh;
  };
  auto content = folder_.next(find_stored, is_imported);
  if (failed) return std::unexpected(*failed);
  if (!content) return false;
  if (auto planned = plan(std::move(*content), reader); !planned) {
    return std::unexpected(planned.error());
  }
  return true;
}

Result<void> FolderImport::plan(FileContent content, db::Connection& reader) {
  for (const SourceProblem& problem : content.problems) {
    report_.add({.file = content.file, .line = problem.line, .reason = problem.what});
  }
  if (content.stored_image) {
    report_.add(
        {.file = content.file, .kind = "asset", .name = *content.stored_image, .change = Change{}});
  }
  const std::size_t awaited_before = awaited_.size();
  for (ContentItem& item : content.items) {
    const auto planned =
        std::visit([&](auto& record) { return plan_record(record, content, reader); }, item);
    if (!planned) return planned;
  }
  if (!content.to_remember) return {};
  if (awaited_.size() == awaited_before) {
    memory_->remember(content.file, std::move(*content.to_remember));
  } else {
    to_remember_.insert_or_assign(content.file, std::move(*content.to_remember));
  }
  return {};
}

template <class Imported>
Result<void> FolderImport::plan_record(Imported& record, const FileContent& content,
                                       db::Connection& reader) {
  ImportEntry entry = entry_for(content.file, record);
  const auto state = import_state(reader, target_of(record), content.digest);
  if (!state) return std::unexpected(state.error());
  if (*state == ImportState::edited && !force_) {
    entry.change = Change{};
    report_.add(std::move(entry));
    return {};
  }
  const auto change = compare(reader, record);
  if (!change) return std::unexpected(change.error());
  if (*state == ImportState::imported && change->outcome == Outcome::unchanged) {
    entry.change = *change;
    report_.add(std::move(entry));
    return {};
  }
  commands_.push_back(command_for(
      std::move(record), {.file = content.file, .digest = content.digest, .force = force_}));
  bytes_ += commands_.back().arguments.size();
  awaited_.push_back(std::move(entry));
  return {};
}

void FolderImport::record(std::span<const WriteResult> results) {
  if (results.size() != awaited_.size()) {
    throw std::logic_error("an import needs one result for each of its commands");
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    ImportEntry& entry = awaited_[i];
    const auto change = change_of(results[i]);
    if (change) {
      entry.change = *change;
    } else {
      entry.reason = change.error().message();
      has_passing_failures_ = has_passing_failures_ || time_may_cure(change.error());
      to_remember_.erase(entry.file);
    }
    report_.add(std::move(entry));
  }
  awaited_.clear();
  for (auto& [file, known] : std::exchange(to_remember_, {})) {
    memory_->remember(file, std::move(known));
  }
}

db::Progress FolderImport::progress() const {
  return {.phase = "importing",
          .done = folder_.files_done(),
          .total = folder_.files_found(),
          .unit = "files"};
}

Result<ImportReport> import_folder(
    const std::filesystem::path& root, const ImportOptions& options, db::Connection& reader,
    const std::function<std::vector<FolderImport::WriteResult>(const std::vector<db::Command>&)>&
        write,
    const db::Report& report) {
  auto import = FolderImport::open(root, options);
  if (!import) return std::unexpected(import.error());
  for (bool more = true; more;) {
    db::tell(report, import->progress());
    const auto read = import->read_next(reader);
    if (!read) return std::unexpected(read.error());
    more = *read;
    if (more && !import->has_batch()) continue;
    const auto commands = import->take_commands();
    if (!commands.empty()) import->record(write(commands));
  }
  return import->report();
}

}  // namespace coppice::app::content
