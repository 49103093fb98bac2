#include "app/content/folder_memory.hpp"

#include <sys/stat.h>

namespace coppice::app::content {

std::optional<FileStamp> stamp_of(const std::filesystem::path& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return FileStamp{.modified_ns = found.st_mtim.tv_sec * kNanoseconds + found.st_mtim.tv_nsec,
                   .size = static_cast<std::uint64_t>(found.st_size),
                   .inode = found.st_ino};
}

const FolderMemory::Known* FolderMemory::find(const std::string& file,
                                              const FileStamp& stamp) const {
  const auto found = files_.find(file);
  return found != files_.end() && found->second.stamp == stamp ? &found->second : nullptr;
}

void FolderMemory::remember(const std::string& file, Known known) {
  files_.insert_or_assign(file, std::move(known));
}

void FolderMemory::forget(const std::string& file) { files_.erase(file); }

void FolderMemory::forget_folder(std::string_view folder) {
  std::erase_if(files_, [folder](const auto& known) { return known.first.starts_with(folder); });
}

}  // namespace coppice::app::content
