#include "app/content/folder_import.hpp"

#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

#include "app/content/content_commands.hpp"
#include "app/content/upsert.hpp"

namespace coppice::app::content {

namespace {

using actors::Result;

// One commit each: large enough that syncing to disk is not the cost, small enough that other
// writes don't wait long behind them, nor the memory of a small machine fill up.
constexpr std::size_t kBatchCommands = 32;
constexpr std::size_t kBatchBytes = std::size_t{4} << 20U;

db::Command command_for(Post post) { return db::to_command(UpsertPost{std::move(post)}); }
db::Command command_for(Project project) {
  return db::to_command(UpsertProject{std::move(project)});
}
db::Command command_for(Asset asset) { return db::to_command(UpsertAsset{std::move(asset)}); }

ImportEntry entry_for(const std::string& file, const Post& post) {
  return {.file = file, .kind = "post", .name = post.slug};
}

ImportEntry entry_for(const std::string& file, const Project& project) {
  return {.file = file, .kind = "project", .name = project.name};
}

ImportEntry entry_for(const std::string& file, const Asset& asset) {
  return {.file = file, .kind = "asset", .name = asset.name};
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
  return FolderImport(std::move(*folder), options.memory);
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
  auto content = folder_.next(find_stored);
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
  for (ContentItem& item : content.items) {
    const auto planned = std::visit(
        [&](auto& record) -> Result<void> {
          const auto change = compare(reader, record);
          if (!change) return std::unexpected(change.error());
          ImportEntry entry = entry_for(content.file, record);
          if (change->outcome == Outcome::unchanged) {
            entry.change = *change;
            report_.add(std::move(entry));
          } else {
            commands_.push_back(command_for(std::move(record)));
            bytes_ += commands_.back().arguments.size();
            awaited_.push_back(std::move(entry));
          }
          return {};
        },
        item);
    if (!planned) return planned;
  }
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
      if (memory_ != nullptr) memory_->forget(entry.file);
    }
    report_.add(std::move(entry));
  }
  awaited_.clear();
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
