#pragma once

#include <memory>

#include "actors/runtime.hpp"
#include "app/admin/work.hpp"
#include "app/backup/backups.hpp"
#include "app/backup/folder_watch.hpp"
#include "app/http/api.hpp"
#include "app/long_work.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// What operators' orders to the database need.
struct DatabaseParts {
  actors::Runtime& runtime;
  std::shared_ptr<http::ApiContext> api;
  backup::Backups backups;
  std::shared_ptr<backup::FolderWatch> backup_figures;
  std::shared_ptr<LongWork> long_work{};  ///< Where what takes long is listed.
};

/// How the database is, backups, new full-text indexes.
[[nodiscard]] net::http::Routes database_routes(std::shared_ptr<Work> work, DatabaseParts parts);

}  // namespace coppice::app::admin
