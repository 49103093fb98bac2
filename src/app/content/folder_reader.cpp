#include "app/content/folder_reader.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>
#include <tuple>

#include <fmt/format.h>

#include "app/content/content_yaml.hpp"
#include "app/content/derive_post.hpp"
#include "app/content/front_matter.hpp"
#include "app/content/image_name.hpp"
#include "app/content/import_source.hpp"
#include "db/digest.hpp"

namespace coppice::app::content {

namespace fs = std::filesystem;

namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

constexpr std::size_t kMaxTextBytes = std::size_t{4} << 20U;
constexpr std::size_t kMaxImageBytes = std::size_t{64} << 20U;

bool has_extension(const fs::path& path, std::initializer_list<std::string_view> extensions) {
  return std::ranges::find(extensions, path.extension().string()) != extensions.end();
}

void append(FieldProblems& problems, FieldProblems more) {
  problems.insert(problems.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
}

/// A field that could not be read is empty; that it is empty need not be said as well.
FieldProblems without_repetition(FieldProblems read, FieldProblems found) {
  std::erase_if(found, [&read](const FieldProblem& problem) {
    return std::ranges::find(read, problem.field, &FieldProblem::field) != read.end();
  });
  append(read, std::move(found));
  return read;
}

FolderMemory::Known known_from(const FileContent& content, const FileStamp& stamp) {
  FolderMemory::Known known{.stamp = stamp, .names = {}};
  if (content.stored_image) known.names.push_back(*content.stored_image);
  for (const ContentItem& item : content.items) {
    known.names.push_back(
        std::visit([](const auto& record) { return target_of(record).name; }, item));
  }
  return known;
}

SourceProblem to_source_problem(const FieldProblems& problems, std::size_t line) {
  const std::size_t first = first_line(problems);
  return {.line = first == 0 ? line : first, .what = to_sentence(problems)};
}

}  // namespace

Result<FolderReader> FolderReader::open(const fs::path& root, bool trusted, FolderMemory* memory) {
  std::error_code ec;
  if (!fs::is_directory(root, ec)) {
    return fail(Errc::not_found, fmt::format("{} is not a folder", root.string()));
  }
  constexpr std::tuple<const char*, Kind> kFolders[] = {
      {"assets", Kind::asset}, {"projects", Kind::project}, {"posts", Kind::post}};
  std::vector<Entry> entries;
  bool any = false;
  for (const auto& [folder, kind] : kFolders) {
    if (!fs::is_directory(root / folder, ec)) continue;
    any = true;
    if (auto listed = list(root, folder, kind, entries); !listed) {
      return std::unexpected(listed.error());
    }
  }
  if (any) return FolderReader(std::move(entries), trusted, memory);
  return fail(Errc::not_found,
              fmt::format("{} has neither posts nor projects nor assets in it", root.string()));
}

Result<void> FolderReader::list(const fs::path& root, const char* folder, Kind kind,
                                std::vector<Entry>& entries) {
  std::error_code ec;
  std::vector<Entry> found;
  for (auto it = fs::directory_iterator(root / folder, ec); !ec && it != fs::directory_iterator();
       it.increment(ec)) {
    const fs::path& path = it->path();
    const std::string name = path.filename().string();
    const bool wanted = kind == Kind::asset ||
                        (kind == Kind::post && has_extension(path, {".md"})) ||
                        (kind == Kind::project && has_extension(path, {".yaml", ".yml"}));
    std::error_code ignored;
    if (!wanted || name.starts_with('.') || fs::is_directory(path, ignored)) continue;
    found.push_back({kind, path, std::string(folder) + '/' + name});
  }
  if (ec)
    return fail(Errc::io_error, fmt::format("{}: {}", (root / folder).string(), ec.message()));
  std::ranges::sort(found, {}, &Entry::file);
  entries.insert(entries.end(), std::make_move_iterator(found.begin()),
                 std::make_move_iterator(found.end()));
  return {};
}

std::optional<FileContent> FolderReader::next(const ImageLookup& find_image,
                                              const ImportedImage& is_imported) {
  if (next_ == entries_.size()) return std::nullopt;
  const Entry& entry = entries_[next_++];
  FileContent content{.file = entry.file};
  // Asked before the file is read: what changes meanwhile is read the next time.
  const auto stamp = memory_ == nullptr ? std::nullopt : stamp_of(entry.path);
  if (stamp && recall(entry, *stamp)) return content;
  if (memory_ != nullptr) memory_->forget(entry.file);
  switch (entry.kind) {
    case Kind::asset: read_asset(entry, is_imported, content); break;
    case Kind::project: read_projects(entry, content); break;
    case Kind::post: read_post(entry, find_image, content); break;
  }
  if (stamp && content.problems.empty()) content.to_remember = known_from(content, *stamp);
  return content;
}

/// Whether there is nothing new in the file; what others need of it is then as if it had been read.
bool FolderReader::recall(const Entry& entry, const FileStamp& stamp) {
  const auto* known = memory_->find(entry.file, stamp);
  if (known == nullptr) return false;
  for (const std::string& name : known->names) {
    if (claim(entry.kind, name, entry.file)) return false;  // the file is told so when it is read
  }
  return true;
}

void FolderReader::read_asset(const Entry& entry, const ImportedImage& is_imported,
                              FileContent& content) {
  const std::string file_name = entry.path.filename().string();
  if (first_unclean_line(file_name) != 0) {
    content.problems.push_back({0, "the file's name is not UTF-8"});
    return;
  }
  const auto file = read_file(entry.path, kMaxImageBytes);
  if (!file) {
    content.problems.push_back({0, file.error().context});
    return;
  }
  content.digest = db::sha256_of(*file);
  auto name = stored_image_name(file_name);
  if (is_imported && is_imported(name, content.digest)) {
    if (claim_image(name, content)) content.stored_image = std::move(name);
    return;
  }
  auto asset = make_asset(file_name, *file);
  if (!asset) {
    content.problems.push_back({0, asset.error().context});
    return;
  }
  if (!claim_image(asset->name, content)) return;
  // Posts that show it have to be rendered anew.
  if (memory_ != nullptr) memory_->forget_folder("posts/");
  images_.emplace(asset->name, image_info(*asset));
  content.items.emplace_back(std::move(*asset));
}

bool FolderReader::claim_image(const std::string& name, FileContent& content) {
  const auto other = claim(Kind::asset, name, content.file);
  if (other) {
    content.problems.push_back({0, fmt::format("{} is stored as {} already", *other, name)});
  }
  return !other;
}

void FolderReader::read_projects(const Entry& entry, FileContent& content) {
  const auto text = text_of(entry, content);
  if (!text) return;
  auto projects = parse_projects(*text);
  if (!projects) {
    content.problems.push_back(std::move(projects.error()));
    return;
  }
  for (ProjectEntry& read : *projects) {
    const auto problems = without_repetition(std::move(read.problems), validate(read.project));
    if (!problems.empty()) {
      content.problems.push_back(to_source_problem(problems, read.line));
    } else if (const auto other = claim(Kind::project, read.project.name, entry.file)) {
      content.problems.push_back({read.line, fmt::format("name {}: by {}", kTaken, *other)});
    } else {
      read.project.tags = normalized_tags(std::move(read.project.tags));
      content.items.emplace_back(std::move(read.project));
    }
  }
}

void FolderReader::read_post(const Entry& entry, const ImageLookup& find_image,
                             FileContent& content) {
  const auto text = text_of(entry, content);
  if (!text) return;
  const auto split = split_front_matter(*text);
  if (!split) {
    content.problems.push_back({1, split.error().context});
    return;
  }
  auto front = parse_post_front_matter(split->yaml, split->yaml_line);
  if (!front) {
    content.problems.push_back(std::move(front.error()));
    return;
  }
  front->post.raw_body = split->body;
  auto problems = without_repetition(std::move(front->problems), validate(front->post));
  for (FieldProblem& problem : problems) {
    if (problem.field == "slug") problem.line = front->slug_line;
  }
  if (!problems.empty()) {
    content.problems.push_back(to_source_problem(problems, 1));
    return;
  }
  if (const auto other = claim(Kind::post, front->post.slug, entry.file)) {
    content.problems.push_back({front->slug_line, fmt::format("slug {}: by {}", kTaken, *other)});
    return;
  }
  const ImageLookup find = [&](std::string_view name) -> std::optional<ImageInfo> {
    if (const auto found = images_.find(name); found != images_.end()) return found->second;
    return find_image ? find_image(name) : std::nullopt;
  };
  content.items.emplace_back(derive_post(std::move(front->post), trusted_, find));
}

std::optional<std::string> FolderReader::text_of(const Entry& entry, FileContent& content) const {
  auto text = read_file(entry.path, kMaxTextBytes);
  if (!text) {
    content.problems.push_back({0, text.error().context});
    return std::nullopt;
  }
  content.digest = db::sha256_of(*text);
  if (const std::size_t line = first_unclean_line(*text); line != 0) {
    content.problems.push_back({line, "the text is not UTF-8"});
    return std::nullopt;
  }
  return std::move(*text);
}

/// Notes that @p file names the record; gives the file that did so before, if one did.
std::optional<std::string> FolderReader::claim(Kind kind, const std::string& name,
                                               const std::string& file) {
  const auto [at, first] = claimed_.try_emplace({kind, name}, file);
  return first ? std::nullopt : std::optional(at->second);
}

}  // namespace coppice::app::content
