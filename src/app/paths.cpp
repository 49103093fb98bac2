#include "app/paths.hpp"

#include <algorithm>
#include <system_error>

namespace coppice::app {

std::filesystem::path real_path(const std::filesystem::path& given) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(given, error);
  if (error) return given;
  const auto found = std::filesystem::weakly_canonical(absolute, error);
  if (error) return absolute.lexically_normal();
  return found.has_filename() ? found : found.parent_path();
}

bool is_within(const std::filesystem::path& inner, const std::filesystem::path& folder) {
  return std::ranges::mismatch(folder, inner).in1 == folder.end();
}

std::filesystem::path temporary_folder() {
  std::error_code unusable;
  auto folder = std::filesystem::temp_directory_path(unusable);
  return unusable ? std::filesystem::path("/tmp") : folder;
}

}  // namespace coppice::app
