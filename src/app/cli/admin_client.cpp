#include "app/cli/admin_client.hpp"

#include <cerrno>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <curl/curl.h>

#include "app/config.hpp"

namespace coppice::app::cli {
namespace {

using actors::Errc;
using actors::fail;
using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(bytes, size * count);
  return size * count;
}

std::string escape(CURL* curl, const std::string& text) {
  const std::unique_ptr<char, decltype(&curl_free)> escaped(
      curl_easy_escape(curl, text.data(), static_cast<int>(text.size())), &curl_free);
  return escaped ? escaped.get() : "";
}

std::string url_of(CURL* curl, const std::string& path, const AdminClient::Parameters& parameters) {
  std::string url = "http://coppice" + path;
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    url += separator + name + "=" + escape(curl, value);
    separator = '&';
  }
  return url;
}

actors::Error explain_no_connection(const std::string& socket_path) {
  struct stat status{};
  if (stat(socket_path.c_str(), &status) != 0) {
    return {Errc::unavailable, "no server is running: there is no admin socket at " + socket_path +
                                   " (set ADMIN_SOCKET if it is elsewhere)"};
  }
  if (access(socket_path.c_str(), W_OK) != 0) {
    return {Errc::unavailable, "no permission to use the admin socket " + socket_path +
                                   ": run as the server's user or as root"};
  }
  return {Errc::unavailable, "no server is running: nobody answers at " + socket_path};
}

/// The sentence in {"errors":{"detail":"…"}}, or the whole body.
std::string detail_of(const std::string& body) {
  boost::system::error_code error;
  const auto value = boost::json::parse(body, error);
  if (error || !value.is_object()) return body;
  const auto* errors = value.as_object().if_contains("errors");
  const auto* detail = errors != nullptr && errors->is_object()
                           ? errors->as_object().if_contains("detail")
                           : nullptr;
  return detail != nullptr && detail->is_string() ? std::string(detail->as_string()) : body;
}

}  // namespace

actors::Result<std::string> AdminClient::get(const std::string& path,
                                             const Parameters& parameters) const {
  return request("GET", path, parameters, kTimeout);
}

actors::Result<std::string> AdminClient::post(const std::string& path, const Parameters& parameters,
                                              std::chrono::seconds timeout) const {
  return request("POST", path, parameters, timeout);
}

actors::Result<std::string> AdminClient::request(const char* method, const std::string& path,
                                                 const Parameters& parameters,
                                                 std::chrono::seconds timeout) const {
  if (socket_path_.size() > kLongestSocketPath) {
    return fail(Errc::invalid_argument, "the admin socket's path is longer than " +
                                            std::to_string(kLongestSocketPath) +
                                            " bytes, which no server can have: " + socket_path_);
  }
  const Curl curl(curl_easy_init(), &curl_easy_cleanup);
  if (!curl) return fail(Errc::internal, "libcurl could not be initialised");
  const std::string url = url_of(curl.get(), path, parameters);
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket_path_.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, static_cast<long>(timeout.count()));
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode outcome = curl_easy_perform(curl.get());
  if (outcome == CURLE_COULDNT_CONNECT) return std::unexpected(explain_no_connection(socket_path_));
  if (outcome != CURLE_OK) {
    return fail(Errc::unavailable,
                std::string("the server did not answer: ") + curl_easy_strerror(outcome));
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return body;
  return fail(status == 404 ? Errc::not_found : Errc::invalid_argument, detail_of(body));
}

}  // namespace coppice::app::cli
