#include "app/backup/s3_request.hpp"

#include <algorithm>
#include <memory>
#include <sstream>
#include <thread>
#include <utility>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <curl/curl.h>
#include <fmt/format.h>

namespace coppice::app::backup {

using actors::Errc;
using actors::Error;
using actors::fail;
using actors::Result;

namespace {

namespace pt = boost::property_tree;

constexpr long kConnectTimeoutSeconds = 10;
constexpr long kStallSeconds = 30;  // without a byte: the transfer is given up
constexpr auto kNap = std::chrono::milliseconds(50);
constexpr std::size_t kLongestAnswer = 16UL << 20U;  // of one that isn't a backup

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// A request while it is under way.
struct Transfer {
  S3Request request;
  CURL* curl = nullptr;
  std::uint64_t sent = 0;
  S3Answer answer{};
  std::optional<Error> trouble{};  ///< Of our own, on the way.
};

long status_of(CURL* curl) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::size_t read_upload(char* bytes, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  auto& upload = *transfer.request.upload;
  const auto wanted = std::min<std::uint64_t>(size * count, upload.bytes - transfer.sent);
  if (upload.file == nullptr) {
    upload.text.substr(transfer.sent).copy(bytes, wanted);
    transfer.sent += wanted;
    return wanted;
  }
  const auto got = upload.file->read(std::as_writable_bytes(std::span(bytes, wanted)));
  if (!got) {
    transfer.trouble = got.error();
    return CURL_READFUNC_ABORT;
  }
  transfer.sent += *got;
  return *got;
}

std::size_t take_answer(char* bytes, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const std::size_t length = size * count;
  if (transfer.request.download != nullptr && status_of(transfer.curl) == 200) {
    const auto written = transfer.request.download->write(std::as_bytes(std::span(bytes, length)));
    if (!written) transfer.trouble = written.error();
    return written ? length : 0;
  }
  auto& body = transfer.answer.body;
  if (body.size() + length > kLongestAnswer) return 0;
  body.append(bytes, length);
  return length;
}

int watch(void* context, curl_off_t /*down_total*/, curl_off_t /*down*/, curl_off_t up_total,
          curl_off_t up) {
  const auto& request = static_cast<const Transfer*>(context)->request;
  if (request.progress && up_total > 0) {
    request.progress(static_cast<std::uint64_t>(up), static_cast<std::uint64_t>(up_total));
  }
  return request.stop.stop_requested() ? 1 : 0;
}

/// The <Code> and <Message> of an S3 error.
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

Error error_of(const Transfer& transfer, CURLcode outcome, const S3Settings& settings) {
  if (transfer.request.stop.stop_requested()) {
    return {Errc::cancelled, "the transfer was told to stop"};
  }
  if (transfer.trouble) return *transfer.trouble;
  const auto where = fmt::format("S3 at {}, bucket {}", settings.url, settings.bucket);
  if (outcome != CURLE_OK) {
    return {Errc::unavailable, fmt::format("{}: {}", where, curl_easy_strerror(outcome))};
  }
  const long status = status_of(transfer.curl);
  const auto code = status == 404                    ? Errc::not_found
                    : status == 401 || status == 403 ? Errc::forbidden
                    : status == 429 || status >= 500 ? Errc::unavailable
                                                     : Errc::io_error;
  return {code,
          fmt::format("{}: it answers {}, {}", where, status, message_in(transfer.answer.body))};
}

Headers headers_of(const S3Request& request) {
  curl_slist* list = nullptr;
  const auto add = [&list](const std::string& line) {
    // A null result leaves the list as it was; the request then fails for want of a signature.
    if (auto* longer = curl_slist_append(list, line.c_str())) list = longer;
  };
  add("x-amz-content-sha256: " + (request.upload ? request.upload->sha256 : db::Sha256().finish()));
  if (request.upload) add(fmt::format("Content-Type: {}", request.upload->content_type));
  return {list, &curl_slist_free_all};
}

void set_up(CURL* curl, const S3Settings& settings, const std::string& url) {
  const std::string signature = "aws:amz:" + settings.region + ":s3";
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, signature.c_str());
  curl_easy_setopt(curl, CURLOPT_USERNAME, settings.access_key_id.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, settings.secret_access_key.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectTimeoutSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
}

void set_callbacks(CURL* curl, Transfer& transfer) {
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &watch);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_answer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  if (const auto& upload = transfer.request.upload) {
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(upload->bytes));
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, &read_upload);
    curl_easy_setopt(curl, CURLOPT_READDATA, &transfer);
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, transfer.request.method);
}

std::string etag_of(CURL* curl) {
  curl_header* header = nullptr;
  const bool found = curl_easy_header(curl, "ETag", 0, CURLH_HEADER, -1, &header) == CURLHE_OK;
  return found ? header->value : "";
}

}  // namespace

Result<S3Answer> send(S3Request request, const S3Settings& settings) {
  const Curl curl(curl_easy_init(), &curl_easy_cleanup);
  if (!curl) return fail(Errc::system_limit, "libcurl could not be initialised");
  Transfer transfer{.request = std::move(request), .curl = curl.get()};
  const std::string url = settings.url + "/" + settings.bucket + transfer.request.path +
                          (transfer.request.query.empty() ? "" : "?" + transfer.request.query);
  const auto headers = headers_of(transfer.request);
  set_up(curl.get(), settings, url);
  set_callbacks(curl.get(), transfer);
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  const CURLcode outcome = curl_easy_perform(curl.get());
  const long status = status_of(curl.get());
  if (outcome != CURLE_OK || status < 200 || status >= 300) {
    return std::unexpected(error_of(transfer, outcome, settings));
  }
  transfer.answer.etag = etag_of(curl.get());
  return std::move(transfer.answer);
}

std::string encode_for_url(const std::string& text) {
  const Curl curl(curl_easy_init(), &curl_easy_cleanup);
  const std::unique_ptr<char, decltype(&curl_free)> escaped(
      curl_easy_escape(curl.get(), text.data(), static_cast<int>(text.size())), &curl_free);
  return escaped ? escaped.get() : "";
}

void sleep_unless_stopped(std::chrono::milliseconds pause, const std::stop_token& stop) {
  const auto end = std::chrono::steady_clock::now() + pause;
  while (!stop.stop_requested() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::min(pause, kNap));
  }
}

}  // namespace coppice::app::backup
