#include "app/nodes/link.hpp"

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "app/nodes/cluster_key.hpp"
#include "app/nodes/node_address.hpp"
#include "app/nodes/sent_batch.hpp"
#include "app/outgoing/curl.hpp"

namespace coppice::app::nodes {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

constexpr std::string_view kPurpose = "coppice nodes 1";
constexpr long kConnectMilliseconds = 2000;
constexpr long kIdleSeconds = 60;
constexpr std::size_t kMostAnswerBytes = std::size_t{64} << 20U;

std::size_t take_bytes(char* bytes, std::size_t size, std::size_t count, void* out) {
  auto& body = *static_cast<std::string*>(out);
  const std::size_t length = size * count;
  if (body.size() + length > kMostAnswerBytes) return 0;
  body.append(bytes, length);
  return length;
}

curl_blob blob_of(const std::string& text) {
  // libcurl copies it.
  return {.data = const_cast<char*>(text.data()),  // NOLINT(*const-cast)
          .len = text.size(),
          .flags = CURL_BLOB_COPY};
}

void prove(CURL* curl, const net::tls::SharedKey& key) {
  auto certificate = blob_of(key.certificate());
  auto secret = blob_of(key.key());
  curl_easy_setopt(curl, CURLOPT_SSLCERT_BLOB, &certificate);
  curl_easy_setopt(curl, CURLOPT_SSLCERTTYPE, "PEM");
  curl_easy_setopt(curl, CURLOPT_SSLKEY_BLOB, &secret);
  curl_easy_setopt(curl, CURLOPT_SSLKEYTYPE, "PEM");
  // Who signed it says nothing; whose key it is does.
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(curl, CURLOPT_PINNEDPUBLICKEY, key.pin().c_str());
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
}

/// With those that each request has.
outgoing::CurlList lines_with(const std::vector<std::string>& headers) {
  std::vector<std::string> lines = {fmt::format("coppice-node: {}", kAsksInVersion),
                                    "content-type: application/octet-stream", "expect:"};
  lines.insert(lines.end(), headers.begin(), headers.end());
  return outgoing::make_list(lines);
}

bool was_never_asked(CURLcode outcome) {
  switch (outcome) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_PEER_FAILED_VERIFICATION: return true;
    default: return false;
  }
}

}  // namespace

net::tls::SharedKey key_of_cluster(const std::string& secret) {
  return net::tls::SharedKey(derive_cluster_key(secret, kPurpose));
}

struct Link::Handle {
  outgoing::CurlHandle curl{curl_easy_init()};
  outgoing::CurlList headers{};  // Of the request that is under way.
};

Link::Link(net::tls::SharedKey key, std::uint16_t port) : key_(std::move(key)), port_(port) {}
Link::~Link() = default;

std::unique_ptr<Link::Handle> Link::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto handle = std::move(idle_.back());
      idle_.pop_back();
      return handle;
    }
  }
  auto handle = std::make_unique<Handle>();
  if (!handle->curl) throw std::runtime_error("libcurl could not be initialised");
  CURL* curl = handle->curl.get();
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMilliseconds);
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, kIdleSeconds);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_bytes);
  prove(curl, key_);
  return handle;
}

void Link::give_back(std::unique_ptr<Handle> handle) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(handle));
}

std::string Link::url_of(const std::string& node, const std::string& path) const {
  return fmt::format("https://{}{}", with_port(node, port_), path);
}

Result<Link::Answer> Link::post(const std::string& node, const std::string& path,
                                const std::string& body, std::chrono::milliseconds timeout,
                                const std::stop_token& stop,
                                const std::vector<std::string>& headers) {
  auto handle = take();
  CURL* curl = handle->curl.get();
  handle->headers = lines_with(headers);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, handle->headers.get());
  Answer answer;
  std::array<char, CURL_ERROR_SIZE> problem{};
  const auto url = url_of(node, path);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, problem.data());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  outgoing::stop_with(curl, stop);
  const CURLcode outcome = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  give_back(std::move(handle));
  if (stop.stop_requested()) return fail(Errc::cancelled, "the request was told to stop");
  if (outcome != CURLE_OK) {
    const auto why = fmt::format("{}: {}", node, outgoing::explain(outcome, problem.data()));
    return fail(was_never_asked(outcome) ? Errc::unavailable : Errc::timeout, why);
  }
  return answer;
}

}  // namespace coppice::app::nodes
