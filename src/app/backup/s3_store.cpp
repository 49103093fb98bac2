#include "app/backup/s3_store.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <curl/curl.h>
#include <fmt/format.h>

#include "db/backup/file.hpp"
#include "db/digest.hpp"

namespace coppice::app::backup {

using actors::Errc;
using actors::Error;
using actors::fail;
using actors::Result;

namespace {

namespace fs = std::filesystem;
namespace pt = boost::property_tree;

constexpr std::string_view kPrefix = "backups/";
constexpr int kAttempts = 5;
constexpr std::uint64_t kMostBytes = 5UL << 30U;
constexpr long kConnectTimeoutSeconds = 10;
constexpr long kStallSeconds = 30;  // without a byte: the transfer is given up
constexpr auto kNap = std::chrono::milliseconds(50);
constexpr std::size_t kLongestAnswer = 16UL << 20U;  // of one that isn't a backup

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// One request, and what goes with it while it is under way.
struct Request {
  const char* method = "GET";
  std::string path{};   ///< After the bucket, encoded.
  std::string query{};  ///< Encoded, sorted by name, as the signature wants it.
  db::File* upload = nullptr;
  std::uint64_t upload_bytes = 0;
  std::string upload_sha256 = db::Sha256().finish();
  db::File* download = nullptr;
  std::stop_token stop{};
  const TransferProgress* progress = nullptr;

  std::string body{};              ///< Of an answer that is no download.
  std::optional<Error> trouble{};  ///< Of our own, on the way.
  CURL* curl = nullptr;
};

std::string encode(CURL* curl, const std::string& text) {
  const std::unique_ptr<char, decltype(&curl_free)> escaped(
      curl_easy_escape(curl, text.data(), static_cast<int>(text.size())), &curl_free);
  return escaped ? escaped.get() : "";
}

std::string encode(const std::string& text) {
  const Curl curl(curl_easy_init(), &curl_easy_cleanup);
  return encode(curl.get(), text);
}

long status_of(CURL* curl) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::size_t read_upload(char* bytes, std::size_t size, std::size_t count, void* context) {
  auto& request = *static_cast<Request*>(context);
  const auto got = request.upload->read(std::as_writable_bytes(std::span(bytes, size * count)));
  if (got) return *got;
  request.trouble = got.error();
  return CURL_READFUNC_ABORT;
}

std::size_t take_answer(char* bytes, std::size_t size, std::size_t count, void* context) {
  auto& request = *static_cast<Request*>(context);
  const std::size_t length = size * count;
  if (request.download != nullptr && status_of(request.curl) == 200) {
    const auto written = request.download->write(std::as_bytes(std::span(bytes, length)));
    if (!written) request.trouble = written.error();
    return written ? length : 0;
  }
  if (request.body.size() + length > kLongestAnswer) return 0;
  request.body.append(bytes, length);
  return length;
}

int watch(void* context, curl_off_t /*down_total*/, curl_off_t /*down*/, curl_off_t up_total,
          curl_off_t up) {
  const auto& request = *static_cast<const Request*>(context);
  if (request.progress != nullptr && *request.progress && up_total > 0) {
    (*request.progress)(static_cast<std::uint64_t>(up), static_cast<std::uint64_t>(up_total));
  }
  return request.stop.stop_requested() ? 1 : 0;
}

/// The <Message> of an S3 error, or nothing.
std::string message_in(const std::string& body) {
  try {
    std::istringstream text(body);
    pt::ptree tree;
    pt::read_xml(text, tree);
    return tree.get<std::string>("Error.Code", "") + ": " +
           tree.get<std::string>("Error.Message", "");
  } catch (const pt::ptree_error&) {
    return "no explanation";
  }
}

Error error_of(const Request& request, CURLcode outcome, const S3Settings& settings) {
  if (request.stop.stop_requested()) return {Errc::cancelled, "the transfer was told to stop"};
  if (request.trouble) return *request.trouble;
  const auto where = fmt::format("S3 at {}, bucket {}", settings.url, settings.bucket);
  if (outcome != CURLE_OK) {
    return {Errc::unavailable, fmt::format("{}: {}", where, curl_easy_strerror(outcome))};
  }
  const long status = status_of(request.curl);
  const auto code = status == 404                    ? Errc::not_found
                    : status == 401 || status == 403 ? Errc::forbidden
                    : status == 429 || status >= 500 ? Errc::unavailable
                                                     : Errc::io_error;
  return {code, fmt::format("{}: it answers {}, {}", where, status, message_in(request.body))};
}

Headers headers_of(const Request& request) {
  curl_slist* list = nullptr;
  const auto add = [&list](const std::string& line) {
    // A null result leaves the list as it was; the request then fails for want of a signature.
    if (auto* longer = curl_slist_append(list, line.c_str())) list = longer;
  };
  add("x-amz-content-sha256: " + request.upload_sha256);
  if (request.upload != nullptr) add("Content-Type: application/zstd");
  return {list, &curl_slist_free_all};
}

Result<void> send(Request& request, const S3Settings& settings) {
  const Curl curl(curl_easy_init(), &curl_easy_cleanup);
  if (!curl) return fail(Errc::system_limit, "libcurl could not be initialised");
  CURL* const handle = curl.get();
  request.curl = handle;
  request.body.clear();
  const auto headers = headers_of(request);
  const std::string url = settings.url + "/" + settings.bucket + request.path +
                          (request.query.empty() ? "" : "?" + request.query);
  const std::string signature = "aws:amz:" + settings.region + ":s3";
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_AWS_SIGV4, signature.c_str());
  curl_easy_setopt(handle, CURLOPT_USERNAME, settings.access_key_id.c_str());
  curl_easy_setopt(handle, CURLOPT_PASSWORD, settings.secret_access_key.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kConnectTimeoutSeconds);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &watch);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &request);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take_answer);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &request);
  if (request.upload != nullptr) {
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(request.upload_bytes));
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, &read_upload);
    curl_easy_setopt(handle, CURLOPT_READDATA, &request);
  } else {
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method);
  }
  const CURLcode outcome = curl_easy_perform(handle);
  const long status = status_of(handle);
  if (outcome == CURLE_OK && status >= 200 && status < 300) return {};
  return std::unexpected(error_of(request, outcome, settings));
}

void sleep_unless_stopped(std::chrono::milliseconds pause, const std::stop_token& stop) {
  const auto end = std::chrono::steady_clock::now() + pause;
  while (!stop.stop_requested() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::min(pause, kNap));
  }
}

/// Runs `attempt() -> Result<void>` until it succeeds or trying again has no point.
template <class Attempt>
Result<void> try_repeatedly(std::chrono::milliseconds pause, const std::stop_token& stop,
                            Attempt attempt) {
  for (int n = 1;; ++n, pause *= 2) {
    auto done = attempt();
    const bool may_work_later = !done && done.error() == Errc::unavailable;
    if (!may_work_later) return done;
    if (n == kAttempts) {
      return fail(Errc::unavailable,
                  fmt::format("{} ({} attempts)", done.error().context, kAttempts));
    }
    sleep_unless_stopped(pause, stop);
  }
}

std::string path_of(const std::string& name) { return "/" + std::string(kPrefix) + encode(name); }

struct Size {
  std::uint64_t bytes;
  std::string sha256;
};

Result<Size> measure(const fs::path& path) {
  auto file = db::File::open(path);
  if (!file) return std::unexpected(std::move(file.error()));
  db::Sha256 sum;
  std::uint64_t bytes = 0;
  std::vector<std::byte> buffer(1UL << 16U);
  for (std::size_t got = buffer.size(); got == buffer.size(); bytes += got) {
    const auto read = file->read(buffer);
    if (!read) return std::unexpected(read.error());
    got = *read;
    sum.add({buffer.data(), got});
  }
  return Size{bytes, sum.finish()};
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
  const auto size = measure(file);
  if (!size) return std::unexpected(size.error());
  if (size->bytes > kMostBytes) {
    return fail(Errc::too_large, fmt::format("{} has {} bytes; S3 takes at most {} in one request",
                                             file.string(), size->bytes, kMostBytes));
  }
  return try_repeatedly(pause_, stop, [&]() -> Result<void> {
    auto opened = db::File::open(file);
    if (!opened) return std::unexpected(std::move(opened.error()));
    Request request{.path = path_of(name),
                    .upload = &*opened,
                    .upload_bytes = size->bytes,
                    .upload_sha256 = size->sha256,
                    .stop = stop,
                    .progress = &progress};
    return send(request, settings_);
  });
}

Result<void> S3Store::get(const std::string& name, const fs::path& file,
                          const std::stop_token& stop) const {
  return try_repeatedly(pause_, stop, [&]() -> Result<void> {
    std::error_code none;
    fs::remove(file, none);  // what an attempt before has left
    auto created = db::File::create(file);
    if (!created) return std::unexpected(std::move(created.error()));
    Request request{.path = path_of(name), .download = &*created, .stop = stop};
    return send(request, settings_);
  });
}

Result<std::vector<StoredObject>> S3Store::list() const {
  std::vector<StoredObject> objects;
  std::string next;
  do {
    std::string query = next.empty() ? "" : "continuation-token=" + encode(next) + "&";
    query += "list-type=2&prefix=" + encode(std::string(kPrefix));
    std::string body;
    const auto done = try_repeatedly(pause_, {}, [&]() -> Result<void> {
      Request request{.query = query};
      auto sent = send(request, settings_);
      body = std::move(request.body);
      return sent;
    });
    if (!done) return std::unexpected(done.error());
    auto page = parse_page(body);
    if (!page) return std::unexpected(std::move(page.error()));
    std::ranges::move(page->objects, std::back_inserter(objects));
    next = std::move(page->next);
  } while (!next.empty());
  return objects;
}

Result<void> S3Store::remove(const std::string& name) const {
  return try_repeatedly(pause_, {}, [&] {
    Request request{.method = "DELETE", .path = path_of(name)};
    return send(request, settings_);
  });
}

}  // namespace coppice::app::backup
