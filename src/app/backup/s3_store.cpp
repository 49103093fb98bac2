#include "app/backup/s3_store.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <utility>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <fmt/format.h>

#include "app/backup/s3_multipart.hpp"

namespace coppice::app::backup {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

namespace fs = std::filesystem;
namespace pt = boost::property_tree;

constexpr std::string_view kPrefix = "backups/";

std::string path_of(const std::string& name) {
  return "/" + std::string(kPrefix) + encode_for_url(name);
}

Result<std::string> digest_of(const fs::path& path) {
  auto file = db::File::open(path);
  if (!file) return std::unexpected(std::move(file.error()));
  db::Sha256 sum;
  std::vector<std::byte> buffer(1UL << 16U);
  for (std::size_t got = buffer.size(); got == buffer.size();) {
    const auto read = file->read(buffer);
    if (!read) return std::unexpected(read.error());
    got = *read;
    sum.add({buffer.data(), got});
  }
  return sum.finish();
}

Result<void> without_answer(const Result<S3Answer>& answer) {
  if (!answer) return std::unexpected(answer.error());
  return {};
}

/// One page of a listing: what is in it, and where the next one begins, if there is one.
struct Page {
  std::vector<StoredObject> objects;
  std::string next;
};

Result<Page> parse_page(const std::string& body) {
  try {
    std::istringstream text(body);
    pt::ptree tree;
    pt::read_xml(text, tree);
    const auto& result = tree.get_child("ListBucketResult");
    Page page;
    for (const auto& [tag, entry] : result) {
      if (tag != "Contents") continue;
      auto key = entry.get<std::string>("Key");
      if (!key.starts_with(kPrefix)) continue;
      page.objects.push_back({key.substr(kPrefix.size()), entry.get<std::uint64_t>("Size")});
    }
    page.next = result.get<std::string>("NextContinuationToken", "");
    return page;
  } catch (const pt::ptree_error& wrong) {
    return fail(Errc::malformed,
                fmt::format("the S3 store's listing can't be read: {}", wrong.what()));
  }
}

}  // namespace

S3Store::S3Store(S3Settings settings, std::chrono::milliseconds pause)
    : settings_(std::move(settings)), pause_(pause) {}

Result<void> S3Store::put(const fs::path& file, const std::string& name,
                          const std::stop_token& stop, const TransferProgress& progress) const {
  const auto opened = db::File::open(file);
  if (!opened) return std::unexpected(opened.error());
  const auto bytes = opened->size();
  if (!bytes) return std::unexpected(bytes.error());
  if (*bytes <= settings_.part_bytes) return put_at_once(file, *bytes, name, stop, progress);
  return send_in_parts({.file = file, .bytes = *bytes, .path = path_of(name), .pause = pause_},
                       settings_, stop, progress);
}

Result<void> S3Store::put_at_once(const fs::path& file, std::uint64_t bytes,
                                  const std::string& name, const std::stop_token& stop,
                                  const TransferProgress& progress) const {
  const auto sum = digest_of(file);
  if (!sum) return std::unexpected(sum.error());
  return without_answer(try_repeatedly(pause_, stop, [&]() -> Result<S3Answer> {
    auto opened = db::File::open(file);
    if (!opened) return std::unexpected(std::move(opened.error()));
    return send({.method = "PUT",
                 .path = path_of(name),
                 .upload = S3Upload{.file = &*opened, .bytes = bytes, .sha256 = *sum},
                 .stop = stop,
                 .progress = progress},
                settings_);
  }));
}

Result<void> S3Store::get(const std::string& name, const fs::path& file,
                          const std::stop_token& stop) const {
  return without_answer(try_repeatedly(pause_, stop, [&]() -> Result<S3Answer> {
    std::error_code none;
    fs::remove(file, none);  // what an attempt before has left
    auto created = db::File::create(file);
    if (!created) return std::unexpected(std::move(created.error()));
    return send({.path = path_of(name), .download = &*created, .stop = stop}, settings_);
  }));
}

Result<std::vector<StoredObject>> S3Store::list(const std::stop_token& stop) const {
  std::vector<StoredObject> objects;
  std::string next;
  do {
    std::string query = next.empty() ? "" : "continuation-token=" + encode_for_url(next) + "&";
    query += "list-type=2&prefix=" + encode_for_url(std::string(kPrefix));
    const auto answer = try_repeatedly(
        pause_, stop, [&] { return send({.query = query, .stop = stop}, settings_); });
    if (!answer) return std::unexpected(answer.error());
    auto page = parse_page(answer->body);
    if (!page) return std::unexpected(std::move(page.error()));
    std::ranges::move(page->objects, std::back_inserter(objects));
    next = std::move(page->next);
  } while (!next.empty());
  return objects;
}

Result<void> S3Store::remove(const std::string& name, const std::stop_token& stop) const {
  return without_answer(try_repeatedly(pause_, stop, [&] {
    return send({.method = "DELETE", .path = path_of(name), .stop = stop}, settings_);
  }));
}

}  // namespace coppice::app::backup
