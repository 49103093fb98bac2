#include "app/outgoing/http_request.hpp"

#include <array>

#include "app/outgoing/curl.hpp"

namespace coppice::app::outgoing {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

constexpr long kConnectTimeoutSeconds = 10;

thread_local const std::vector<std::string>* headers_for_all = nullptr;

CurlList headers_of(const HttpRequest& request) {
  if (headers_for_all == nullptr) return make_list(request.headers);
  auto lines = request.headers;
  lines.insert(lines.end(), headers_for_all->begin(), headers_for_all->end());
  return make_list(lines);
}

struct Answer {
  std::string body;
  std::size_t most_bytes;
  bool too_large = false;
};

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* out) {
  auto& answer = *static_cast<Answer*>(out);
  const std::size_t length = size * count;
  answer.too_large = answer.body.size() + length > answer.most_bytes;
  if (answer.too_large) return 0;
  answer.body.append(bytes, length);
  return length;
}

std::string header_of(CURL* curl, const char* name) {
  curl_header* header = nullptr;
  return curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value
                                                                                 : "";
}

void set_up(CURL* curl, const HttpRequest& request) {
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "coppice");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectTimeoutSeconds);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(request.timeout.count()));
  if (request.to_this_machine) {
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!request.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_USERNAME, request.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, request.password.c_str());
  }
  if (!request.body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
}

}  // namespace

Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop) {
  const CurlHandle curl(curl_easy_init());
  if (!curl) return fail(Errc::system_limit, "libcurl could not be initialised");
  const auto headers = headers_of(request);
  Answer answer{.body = {}, .most_bytes = request.most_bytes};
  std::array<char, CURL_ERROR_SIZE> problem{};
  set_up(curl.get(), request);
  stop_with(curl.get(), stop);
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, problem.data());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  const CURLcode outcome = curl_easy_perform(curl.get());
  if (stop.stop_requested()) return fail(Errc::cancelled, "the request was told to stop");
  if (answer.too_large) return fail(Errc::too_large, request.url + " answers with too much");
  if (outcome != CURLE_OK) {
    return fail(Errc::unavailable, request.url + ": " + explain(outcome, problem.data()));
  }
  HttpResponse response{.status = 0,
                        .body = std::move(answer.body),
                        .retry_after = header_of(curl.get(), "retry-after")};
  if (!request.wanted_header.empty()) {
    response.wanted_header = header_of(curl.get(), request.wanted_header.c_str());
  }
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &response.status);
  return response;
}

HeadersForAll::HeadersForAll(std::vector<std::string> lines) : lines_(std::move(lines)) {
  headers_for_all = &lines_;
}

HeadersForAll::~HeadersForAll() { headers_for_all = nullptr; }

std::string form_encode(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string form;
  const auto escape = [](const std::string& text) {
    const CurlText escaped(curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())));
    return std::string(escaped ? escaped.get() : "");
  };
  for (const auto& [name, value] : fields) {
    form += (form.empty() ? "" : "&") + escape(name) + "=" + escape(value);
  }
  return form;
}

}  // namespace coppice::app::outgoing
