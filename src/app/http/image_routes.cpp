#include "app/http/image_routes.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "app/content/image_name.hpp"
#include "app/content/resource/field_error.hpp"
#include "app/content/resource/find_record.hpp"
#include "app/content/resource/plan_write.hpp"
#include "app/content/resources.hpp"
#include "app/content/stored.hpp"
#include "app/content/stored_image.hpp"
#include "app/http/api_schema.hpp"
#include "app/http/multipart.hpp"
#include "app/http/query_parameters.hpp"
#include "app/http/read_your_writes.hpp"
#include "app/http/request_scope.hpp"
#include "app/http/write_request.hpp"
#include "app/tracing/request_trace.hpp"
#include "net/http/conditional.hpp"
#include "net/http/percent.hpp"
#include "net/http/range.hpp"
#include "net/try_again.hpp"

namespace coppice::app::http {

namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using net::Awaitable;
using net::http::Request;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;

constexpr std::size_t kMaxUploadBytes = std::size_t{20} << 20U;
constexpr auto kConversionTimeout = std::chrono::seconds(30);
/// Between the tries to read a piece of an image that is being sent.
constexpr std::array<actors::Duration, 2> kPausesOfReads = {std::chrono::milliseconds(100),
                                                            std::chrono::milliseconds(500)};
constexpr std::string_view kImageCaching = "public, max-age=604800";

// -- bytes ---------------------------------------------------------------------------------------

/// An image that is asked for, and its bytes as far as they are at hand.
struct FoundImage {
  content::StoredImage image;
  std::uint64_t size = 0;
  std::string bytes;  ///< All of them or none.
};

bool client_has(const Request& request, const content::StoredImage& image) {
  return names_etag(request, "if-none-match", image.etag);
}

/// How many bytes are read with all else. Those of a larger image are fetched as the client takes
/// them, if it does; but another node, which asks for its client, is sent them in one message.
std::uint64_t most_at_once(const Request& request) {
  if (request.assigns.get<AskedByNode>() != nullptr) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return request.method == net::http::Method::head ? 0 : net::http::FetchedSlice::kPiece;
}

Result<std::optional<FoundImage>> look_for_image(db::Connection& db, const Request& request,
                                                 std::uint64_t most) {
  auto image = content::find_stored_image(db, request.path_param("name"));
  if (!image) return std::unexpected(std::move(image.error()));
  if (!*image) return std::nullopt;
  FoundImage found{.image = *std::move(*image), .size = 0, .bytes = {}};
  if (client_has(request, found.image)) return found;
  const auto blob = content::open_stored_image(db, found.image);
  if (!blob) return std::unexpected(blob.error());
  found.size = blob->size();
  if (found.size > most) return found;
  auto bytes = blob->read(0, found.size);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  found.bytes = *std::move(bytes);
  return found;
}

/// Tells the log why a client gets a part only.
void report_cut(const ApiContext& context, const Request& request, const actors::Error& error) {
  if (error != Errc::conflict) return report_failure(context, request, error);
  const LogScope about(lines_about(request));
  SPDLOG_INFO("{} {} was cut while it was sent: {}", to_string(request.method), request.path,
              error.context);
}

/// Each piece is read on a snapshot of its own: one for all of them would stay open for as long as
/// the slowest client likes, and hold up checkpoints and replication.
Awaitable<Result<std::string>> read_image_bytes(Context context, content::StoredImage image,
                                                net::http::Extent extent) {
  auto read = [image = std::move(image), extent](db::Connection& db) -> Result<std::string> {
    const auto blob = content::open_stored_image(db, image);
    if (!blob) return std::unexpected(blob.error());
    return blob->read(extent.offset, extent.size);
  };
  co_return co_await context->database.async_read(std::move(read), kReadTimeout, kAwait);
}

/// A moment in which the database has too much to do is no reason to cut a download.
Awaitable<std::optional<std::string>> fetch_image_bytes(Context context, RequestPtr request,
                                                        content::StoredImage image,
                                                        net::http::Extent extent) {
  net::Attempt read = std::bind_front(read_image_bytes, context, std::move(image), extent);
  auto bytes =
      co_await net::try_again(std::move(read), {kPausesOfReads.begin(), kPausesOfReads.end()});
  if (bytes) co_return *std::move(bytes);
  report_cut(*context, *request, bytes.error());
  co_return std::nullopt;
}

net::http::Body image_body(const Context& context, const RequestPtr& request, FoundImage found) {
  if (found.bytes.size() == found.size) return std::move(found.bytes);
  auto fetch = std::bind_front(fetch_image_bytes, context, request, std::move(found.image));
  return net::http::FetchedSlice::whole(std::move(fetch), found.size);
}

Awaitable<Response> show_image(Context context, RequestPtr request) {
  auto read = [request, most = most_at_once(*request)](db::Connection& db) {
    return look_for_image(db, *request, most);
  };
  const tracing::ScopedSpan span(*request, "read");
  auto found = co_await context->database.async_read(std::move(read), kReadTimeout, kAwait);
  if (!found) co_return failed(*context, *request, found.error());
  if (!*found) co_return Response::error(Status::not_found);
  const net::http::Validators validators{.etag = quoted_etag((*found)->image.etag)};
  Response response;
  if (client_has(*request, (*found)->image)) {
    response = Response::empty(Status::not_modified);
  } else {
    const std::string content_type = (*found)->image.content_type;
    auto body = image_body(context, request, *std::move(*found));
    auto whole = Response::of(Status::ok, content_type, std::move(body));
    response = net::http::part_of(*request, std::move(whole), validators);
  }
  net::http::add_validators(response, validators);
  // Not a range that it doesn't have: some caches keep whatever says that it may be kept.
  if (response.status != Status::range_not_satisfiable) {
    response.headers.set("cache-control", kImageCaching);
  }
  co_return response;
}

// -- uploads -------------------------------------------------------------------------------------

struct Upload {
  std::string file_name;
  std::string content_type;
  std::string file;
  std::string field_name;  ///< What the form's field `name` says; empty without one.
};

/// Whether the client names the file, or the request's path does.
enum class Naming : bool { by_client, by_path };

bool is_form(const Request& request) {
  const auto type = request.header("content-type").value_or("");
  return net::http::equals_ignoring_case(net::http::without_parameters(type),
                                         "multipart/form-data");
}

bool is_image(const Request& request) {
  const auto type = request.header("content-type").value_or("");
  return net::http::equals_ignoring_case(type.substr(0, 6), "image/");
}

/// The form's only file, under its name or that of the field `name`.
Result<Upload> upload_of_form(const Request& request) {
  auto parts = parse_multipart(request.header("content-type").value_or(""), request.body);
  if (!parts) return std::unexpected(parts.error());
  Upload upload;
  std::optional<std::string> name;
  bool found = false;
  for (Part& part : *parts) {
    if (part.name == "name" && part.file_name.empty()) {
      if (name) return fail(Errc::invalid_argument, "the form has more than one field name");
      name = part.body;
    } else if (part.file_name.empty()) {
      return fail(Errc::invalid_argument, "the form has an unknown field: " + part.name);
    } else if (std::exchange(found, true)) {
      return fail(Errc::invalid_argument, "the form has more than one file");
    } else {
      upload = {
          std::move(part.file_name), std::move(part.content_type), std::string(part.body), {}};
    }
  }
  if (!found) return fail(Errc::invalid_argument, "the form has no file");
  if (!name || name->empty()) return upload;
  upload.field_name = *name;
  upload.file_name = std::move(*name);
  return upload;
}

Result<Upload> upload_of(const Request& request, Naming naming) {
  const QueryParameters parameters(request);
  const bool takes_name = naming == Naming::by_client && !is_form(request);
  const auto known = takes_name ? parameters.allow_only({"name"}) : parameters.allow_only({});
  if (!known) return std::unexpected(known.error());
  if (is_form(request)) return upload_of_form(request);
  if (!is_image(request)) {
    return fail(Errc::unsupported, "content-type must be multipart/form-data or image/…");
  }
  auto name = parameters.text("name");
  if (!name) return std::unexpected(name.error());
  return Upload{
      std::move(*name), std::string(request.header("content-type").value_or("")), request.body, {}};
}

/// What was asked, however it was put: each time that a client sends a form it chooses another
/// boundary.
std::string intent_of(const Request& request, const Upload& upload) {
  return fmt::format("{}\n{}\n{}\n{}", request.target, upload.file_name, upload.content_type,
                     upload.file);
}

/// Checks a file's name, without which nothing can be stored.
Result<void> check_name(const std::string& file_name) {
  if (file_name.empty()) {
    return fail(Errc::invalid_argument, "parameter name is missing: the image's file name");
  }
  const std::string stored = content::stored_image_name(file_name);
  const content::Field* field = content::assets_table().resource().field("name");
  if (field->pattern->matches(stored) && stored.size() <= field->max_length &&
      stored.find('\0') == std::string::npos) {
    return {};
  }
  return fail(Errc::invalid_argument, "the image's name must be a file name, without folders");
}

/// Refusals of an image are the client's to mend.
Response conversion_refused(const ApiContext& context, const Request& request,
                            const actors::Error& error) {
  switch (error.code) {
    case Errc::malformed:
    case Errc::unsupported:
    case Errc::too_large: {
      const content::FieldProblems problems = {{"file", error.context, {}, 0}};
      return invalid_fields(content::to_json(problems));
    }
    default: return failed(context, request, error);
  }
}

Awaitable<Result<content::Asset>> convert(Context context, Upload upload) {
  const auto converter = context->images->get();
  if (!converter) co_return std::unexpected(converter.error());
  jobs::ImageConverter::Convert question{std::move(upload.file_name), std::move(upload.file)};
  co_return co_await converter->async_call(std::move(question), kConversionTimeout, kAwait);
}

Response uploaded(const content::WrittenRecord& record, Status status) {
  auto response = Response::json(status, record.json);
  response.headers.add("etag", quoted_etag(record.etag));
  if (status == Status::created) {
    response.headers.add("location", "/api/assets/" + net::http::percent_encode(record.name));
  }
  return response;
}

Awaitable<Response> finish(Context context, RequestPtr request, WriteRequest write, Status status) {
  const auto reply = co_await run_write(context, request, std::move(write));
  if (!reply) co_return write_refused(*context, *request, reply.error());
  const auto record = db::from_bytes<content::WrittenRecord>(*reply);
  if (!record) co_return failed(*context, *request, record.error());
  co_return uploaded(*record, status);
}

Awaitable<Response> create_asset(Context context, RequestPtr request) {
  auto upload = upload_of(*request, Naming::by_client);
  if (!upload) co_return Response::error(upload.error());
  if (auto named = check_name(upload->file_name); !named) {
    co_return Response::error(named.error());
  }
  auto key = idempotency_key(*request);
  if (!key) co_return Response::error(key.error());
  std::string intent = key->empty() ? std::string() : intent_of(*request, *upload);
  const auto asset = co_await convert(context, std::move(*upload));
  if (!asset) co_return conversion_refused(*context, *request, asset.error());
  content::CreateRecord command{"assets", content::record_of(*asset), {}};
  WriteRequest write{std::string(content::CreateRecord::kName), db::to_bytes(command),
                     std::move(*key), std::move(intent)};
  co_return co_await finish(context, request, std::move(write), Status::created);
}

/// What PUT says to a form that would rename the image: what links to it would break unseen.
Result<void> keep_name(const content::Record& stored, const std::string& field_name) {
  const auto name = stored.text("name");
  const bool keeps =
      field_name.empty() || field_name == name || content::stored_image_name(field_name) == name;
  if (keeps) return {};
  return std::unexpected(
      content::to_error({{"name", "can't be changed by PUT: use PATCH, or leave it out", {}, 0}}));
}

/// The record with another image in it, under its name.
Result<std::string> plan_replacement(db::Connection& db, const std::string& address,
                                     const content::Asset& asset, const std::string& field_name,
                                     const Request& request) {
  const content::Table& table = content::assets_table();
  auto stored = content::load_record(db, table, address, true);
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) return fail(Errc::not_found);
  if (!may_write(request, (*stored)->etag)) return std::unexpected(content::stale_record());
  if (auto kept = keep_name((*stored)->record, field_name); !kept) {
    return std::unexpected(std::move(kept.error()));
  }
  content::Record changes = content::record_of(asset);
  for (const char* kept : {"name", "path"}) changes.set(kept, *(*stored)->record.find(kept));
  return db::to_bytes(content::UpdateRecord{"assets", (*stored)->id, std::move((*stored)->etag),
                                            std::move(changes), std::nullopt});
}

Awaitable<Response> replace_asset(Context context, RequestPtr request) {
  auto upload = upload_of(*request, Naming::by_path);
  if (!upload) co_return Response::error(upload.error());
  const std::string address(request->path_param("name"));
  upload->file_name = address;
  auto field_name = std::move(upload->field_name);
  auto asset = co_await convert(context, std::move(*upload));
  if (!asset) co_return conversion_refused(*context, *request, asset.error());
  auto plan = [address, asset = std::move(*asset), field_name = std::move(field_name),
               request](db::Connection& db) {
    return plan_replacement(db, address, asset, field_name, *request);
  };
  WriteRequest write{std::string(content::UpdateRecord::kName), std::move(plan), {}, {}};
  co_return co_await finish(context, request, std::move(write), Status::ok);
}

// -- description ---------------------------------------------------------------------------------

boost::json::object upload_body(std::string_view meaning_of_name) {
  using boost::json::object;
  const object file{{"type", "string"}, {"contentMediaType", "application/octet-stream"}};
  const object name{{"type", "string"}, {"description", meaning_of_name}};
  const object form{{"type", "object"},
                    {"properties", object{{"file", file}, {"name", name}}},
                    {"required", boost::json::array{"file"}}};
  return {{"required", true},
          {"content", object{{"multipart/form-data", object{{"schema", form}}},
                             {"image/*", object{{"schema", file}}}}}};
}

Operation upload_operation(Operation operation, std::string_view id,
                           std::string_view meaning_of_name) {
  operation.object["operationId"] = std::string(id);
  operation.object["requestBody"] = upload_body(meaning_of_name);
  return operation;
}

Operation bytes_operation() {
  using boost::json::object;
  const object schema{{"type", "string"}, {"contentMediaType", "image/webp"}};
  const object bytes{{"description", "The image, or a range of it."},
                     {"content", object{{"image/webp", object{{"schema", schema}}}}}};
  Operation operation;
  operation.object["operationId"] = "image_bytes";
  operation.object["tags"] = boost::json::array{"assets"};
  operation.object["responses"] = answers("200", bytes, {"404"});
  return operation;
}

}  // namespace

net::http::Routes image_routes(const Context& context) {
  return {net::http::get("/assets/images/:name", with(context, show_image),
                         {.summary = "A stored image", .docs = bytes_operation()})};
}

net::http::Routes upload_routes(const Context& context, const net::http::Pipeline& writers) {
  const content::Table& table = content::assets_table();
  const auto options = [&](std::string summary, Operation operation) {
    return net::http::RouteOptions{.summary = std::move(summary),
                                   .through = {writers},
                                   .max_body_bytes = kMaxUploadBytes,
                                   .docs = std::move(operation)};
  };
  auto create = upload_operation(create_operation(table), "upload_asset",
                                 "What to store it as; the file's own name without it.");
  auto& parameters = create.object["parameters"].as_array();
  parameters.push_back(query_parameter("name", "The file's name, where no form has it."));
  return {
      net::http::post("/assets", with(context, create_asset),
                      options("Stores an image", std::move(create))),
      net::http::put("/assets/:name", with(context, replace_asset),
                     options("Stores another image in the place of one",
                             upload_operation(replace_operation(table), "replace_asset",
                                              "The image's name as it is: PUT renames nothing."))),
  };
}

}  // namespace coppice::app::http
