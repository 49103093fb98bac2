#include "app/database_folder.hpp"

#include <filesystem>
#include <system_error>

namespace coppice::app {

actors::Result<void> make_database_folder(const std::string& database_path) {
  const auto folder = std::filesystem::path(database_path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return actors::fail(actors::Errc::io_error, "the database's folder " + folder.string() +
                                                  " can't be made: " + error.message() +
                                                  "; mount the volume there, or name another "
                                                  "database");
}

}  // namespace coppice::app
