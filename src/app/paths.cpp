#include "app/paths.hpp"

#include <algorithm>
#include <system_error>

namespace coppice::app {

using std::filesystem::path;

path real_path(const path& given) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(given, error);
  if (error) return given;
  const auto found = std::filesystem::weakly_canonical(absolute, error);
  if (error) return absolute.lexically_normal();
  return found.has_filename() ? found : found.parent_path();
}

bool is_within(const path& inner, const path& folder) {
  return std::ranges::mismatch(folder, inner).in1 == folder.end();
}

path temporary_folder() {
  std::error_code unusable;
  auto folder = std::filesystem::temp_directory_path(unusable);
  return unusable ? path("/tmp") : folder;
}

}  // namespace coppice::app
