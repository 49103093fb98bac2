#include "app/admin/import_routes.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "app/admin/database_schemas.hpp"
#include "app/admin/parameters.hpp"
#include "app/admin/route_docs.hpp"
#include "app/content/import_json.hpp"
#include "app/jobs/import_order.hpp"
#include "app/jobs/importer.hpp"
#include "app/reindex.hpp"

namespace coppice::app::admin {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using net::Awaitable;
using net::http::RequestPtr;
using net::http::Response;
using ImportPartsPtr = std::shared_ptr<const ImportParts>;

/// Images are converted: a large folder takes its time.
constexpr std::chrono::minutes kTimeout(30);

struct ImportWish {
  jobs::FolderToImport what;  ///< the folder empty for CONTENT_PATH
  std::string database;       ///< the file that the operator means; empty for any
};

/// Whether a wish about a named folder is made.
Result<bool> read_choice(const http::QueryParameters& parameters, const std::string& name,
                         const std::string& folder) {
  const auto value = parameters.text(name);
  if (!value) return std::unexpected(value.error());
  if (value->empty() || *value == "false") return false;
  if (*value != "true") {
    return fail(Errc::invalid_argument, "parameter " + name + " must be true or false");
  }
  if (folder.empty()) {
    return fail(Errc::invalid_argument, name + " is for a folder that is named");
  }
  return true;
}

Result<ImportWish> read_wish(const net::http::Request& request) {
  const http::QueryParameters parameters(request);
  const auto folder = parameters.text("folder");
  const auto database = parameters.text("database");
  for (const auto* each : {&folder, &database}) {
    if (!*each) return std::unexpected(each->error());
  }
  const auto trusted = read_choice(parameters, "trusted", *folder);
  const auto force = read_choice(parameters, "force", *folder);
  for (const auto* each : {&trusted, &force}) {
    if (!*each) return std::unexpected(each->error());
  }
  return ImportWish{.what = {.folder = *folder, .trusted = *trusted, .force = *force},
                    .database = *database};
}

Result<content::ImportReport> import(const ImportParts& parts, const ImportWish& wish,
                                     const std::string& request_id) {
  const auto& database = parts.api->database;
  if (auto meant = require_database(database, wish.database); !meant) {
    return std::unexpected(std::move(meant.error()));
  }
  if (!wish.what.folder.empty()) {
    return jobs::import_now(parts.runtime, database, *parts.api->follower, wish.what,
                            report_to(parts.long_work->begin("import", request_id)));
  }
  if (!parts.has_content_path) {
    return fail(Errc::conflict, "this server has no content folder: set CONTENT_PATH, or name one");
  }
  const auto importer = parts.api->importer->get();
  if (!importer) return std::unexpected(importer.error());
  return importer->call_blocking(jobs::Importer::Import{}, kTimeout);
}

Awaitable<Response> import_folder(std::shared_ptr<Work> work, ImportPartsPtr parts,
                                  RequestPtr request) {
  const auto wish = read_wish(*request);
  if (!wish) co_return explained(wish.error());
  Work::Job job = [parts, wish = *wish, request_id = request->id] {
    const auto report = import(*parts, wish, request_id);
    return report ? answered(content::import_json(*report)) : explained(report.error());
  };
  co_return co_await work->order(*request, std::move(job));
}

}  // namespace

net::http::Routes import_routes(std::shared_ptr<Work> work, ImportParts parts) {
  const auto shared = std::make_shared<const ImportParts>(std::move(parts));
  const auto handle = [work = std::move(work), shared](RequestPtr request) {
    return import_folder(work, shared, std::move(request));
  };
  return {net::http::post(
      "/v1/import", net::http::Handler(handle),
      described("Imports a content folder",
                {.query = {{"folder", "a folder that the server can read (CONTENT_PATH)"},
                           {"trusted", "true keeps raw HTML in Markdown as it is written"},
                           {"force", "true imports what editors have changed or deleted since too"},
                           {"database", "the file that is meant"}},
                 .answers = {in_json(schemas::imported())}}))};
}

}  // namespace coppice::app::admin
