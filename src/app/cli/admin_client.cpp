#include "app/cli/admin_client.hpp"

#include <atomic>
#include <cerrno>
#include <iostream>
#include <memory>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <curl/curl.h>

#include "app/cli/answer.hpp"
#include "app/cli/socket_peer.hpp"
#include "app/config.hpp"
#include "app/version.hpp"

namespace coppice::app::cli {
namespace {

using actors::Errc;
using actors::fail;
using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

/// What a request brings, piece by piece.
struct AdminAnswer {
  std::string body;                      // or, of a stream, what has come of the next line
  const AdminClient::OnLine* on_line{};  // null unless it is a stream
  CURL* curl = nullptr;
  bool enough = false;
};

bool is_good(CURL* curl) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return status >= 200 && status < 300;
}

/// Who listens on the socket, which libcurl asks after between connecting and sending.
struct Listener {
  const std::string& socket_path;
  curl_socket_t socket = CURL_SOCKET_BAD;
  std::optional<actors::Error> refused;  // why it is not to be told anything
};

/// Opens a socket as libcurl would, and keeps its number.
curl_socket_t open_socket(void* listener, curlsocktype /*purpose*/, curl_sockaddr* address) {
  auto& socket = static_cast<Listener*>(listener)->socket;
  socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  return socket;
}

actors::Error explain_stranger(const std::string& socket_path, const std::string& who) {
  return {Errc::unavailable, "no permission to use the admin socket " + socket_path + ": it is " +
                                 who +
                                 " who listens there, neither root nor you nor the owner of its "
                                 "folder, of DATABASE_PATH or of BACKUP_PATH, so nothing was sent"};
}

/// Lets nobody have a request but the server's user: it may bring a password, and its answer is
/// believed.
int look_at_listener(void* data, char* /*peer*/, char* /*own*/, int /*peer_port*/,
                     int /*own_port*/) {
  auto& listener = *static_cast<Listener*>(data);
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(listener.socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    listener.refused = explain_stranger(listener.socket_path, "nobody known");
    return CURL_PREREQFUNC_ABORT;
  }
  const auto places = places_of_server(listener.socket_path, lookup_environment);
  if (may_be_the_server(peer.uid, geteuid(), places)) return CURL_PREREQFUNC_OK;
  listener.refused = explain_stranger(listener.socket_path, "user " + std::to_string(peer.uid));
  return CURL_PREREQFUNC_ABORT;
}

/// Hands over each line that is whole.
void take_lines(AdminAnswer& answer) {
  std::size_t begin = 0;
  for (auto end = answer.body.find('\n'); end != std::string::npos && !answer.enough;
       end = answer.body.find('\n', begin)) {
    const auto line = std::string_view(answer.body).substr(begin, end - begin);
    answer.enough = !(*answer.on_line)(line);
    begin = end + 1;
  }
  answer.body.erase(0, begin);
}

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* out) {
  auto& answer = *static_cast<AdminAnswer*>(out);
  answer.body.append(bytes, size * count);
  if (answer.on_line != nullptr && is_good(answer.curl)) take_lines(answer);
  return answer.enough ? 0 : size * count;
}

/// Warns once of a server that is of another version than this command.
std::size_t look_at_header(char* bytes, std::size_t size, std::size_t count, void* warned) {
  constexpr std::string_view kName = "coppice-version: ";
  std::string_view header(bytes, size * count);
  if (!header.starts_with(kName)) return size * count;
  header.remove_prefix(kName.size());
  const auto version = header.substr(0, header.find_first_of("\r\n"));
  if (version != kVersion && !static_cast<std::atomic<bool>*>(warned)->exchange(true)) {
    std::cerr << "coppice: the server is version " << version << ", this command " << kVersion
              << ": they may not understand each other\n";
  }
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
  const bool seen = stat(socket_path.c_str(), &status) == 0;
  if (!seen && errno != EACCES) {
    return {Errc::unavailable, "no server is running: there is no admin socket at " + socket_path +
                                   " (set DATABASE_PATH or ADMIN_SOCKET as the server has them, or "
                                   "give --socket)"};
  }
  if (!seen || access(socket_path.c_str(), W_OK) != 0) {
    return {Errc::unavailable, "no permission to use the admin socket " + socket_path +
                                   ": run as the server's user or as root"};
  }
  return {Errc::unavailable, "no server is running: nobody answers at " + socket_path};
}

/// The sentence in {"errors":{"detail":"…"}}, or the whole body; none if it isn't an object.
std::optional<std::string> detail_of(const std::string& body) {
  boost::system::error_code error;
  const auto value = boost::json::parse(body, error);
  if (error || !value.is_object()) return std::nullopt;
  const auto* errors = value.as_object().if_contains("errors");
  const auto* detail = errors != nullptr && errors->is_object()
                           ? errors->as_object().if_contains("detail")
                           : nullptr;
  return detail != nullptr && detail->is_string() ? std::string(detail->as_string()) : body;
}

struct AdminRequest {
  const char* method;
  const std::string& path;
  const AdminClient::Parameters& parameters;
  std::chrono::seconds timeout;   ///< 0 for none
  const std::string& json;        ///< the body; empty for none
  const std::string& request_id;  ///< empty: the server chooses one
};

using HeaderLines = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// What must last as long as the request.
HeaderLines add_headers(CURL* curl, const AdminRequest& request) {
  HeaderLines lines(nullptr, &curl_slist_free_all);
  const auto add = [&lines](const std::string& line) {
    lines.reset(curl_slist_append(lines.release(), line.c_str()));
  };
  if (!request.json.empty()) add("content-type: application/json");
  if (!request.request_id.empty()) add("x-request-id: " + request.request_id);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines.get());
  return lines;
}

void add_body(CURL* curl, const std::string& json) {
  if (json.empty()) return;
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(json.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json.c_str());
}

Errc code_of(long status) {
  switch (status) {
    case 400: return Errc::invalid_argument;
    case 403: return Errc::forbidden;
    case 404: return Errc::not_found;
    case 409: return Errc::conflict;
    case 422: return Errc::constraint;
    case 507: return Errc::disk_full;
    default: return Errc::internal;
  }
}

void prepare(CURL* curl, const std::string& socket_path, const AdminRequest& request,
             AdminAnswer& answer) {
  static std::atomic<bool> warned{false};  // some ask on two threads
  const std::string url = url_of(curl, request.path, request.parameters);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_path.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &look_at_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &warned);
  answer.curl = curl;
}

void look_at_who_listens(CURL* curl, Listener& listener) {
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &listener);
  curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, &look_at_listener);
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, &listener);
}

/// Brings the body of a good answer.
actors::Result<void> perform(const std::string& socket_path, const AdminRequest& request,
                             AdminAnswer& answer) {
  if (socket_path.size() > kLongestSocketPath) {
    return fail(Errc::invalid_argument, "the admin socket's path is longer than " +
                                            std::to_string(kLongestSocketPath) +
                                            " bytes, which no server can have: " + socket_path);
  }
  const Curl curl(curl_easy_init(), &curl_easy_cleanup);
  if (!curl) return fail(Errc::internal, "libcurl could not be initialised");
  prepare(curl.get(), socket_path, request, answer);
  const HeaderLines headers = add_headers(curl.get(), request);
  add_body(curl.get(), request.json);
  Listener listener{.socket_path = socket_path, .socket = CURL_SOCKET_BAD, .refused = {}};
  look_at_who_listens(curl.get(), listener);
  const CURLcode outcome = curl_easy_perform(curl.get());
  if (listener.refused) return std::unexpected(*std::move(listener.refused));
  if (answer.enough) return {};
  if (outcome == CURLE_COULDNT_CONNECT) return std::unexpected(explain_no_connection(socket_path));
  if (outcome != CURLE_OK) {
    return fail(Errc::unavailable,
                std::string("the server did not answer: ") + curl_easy_strerror(outcome));
  }
  if (is_good(curl.get())) return {};
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  auto detail = detail_of(answer.body);
  if (!detail) return std::unexpected(not_understood(socket_path));
  return fail(code_of(status), *std::move(detail));
}

}  // namespace

actors::Result<std::string> AdminClient::get(const std::string& path,
                                             const Parameters& parameters) const {
  return request("GET", path, parameters, kTimeout);
}

actors::Result<std::string> AdminClient::post(const std::string& path, const Parameters& parameters,
                                              std::chrono::seconds timeout,
                                              const std::string& request_id) const {
  return request("POST", path, parameters, timeout, {}, request_id);
}

actors::Result<std::string> AdminClient::post_json(const std::string& path,
                                                   const Parameters& parameters,
                                                   const std::string& json,
                                                   std::chrono::seconds timeout) const {
  return request("POST", path, parameters, timeout, json);
}

actors::Result<void> AdminClient::stream(const char* method, const std::string& path,
                                         const Parameters& parameters, OnLine on_line) const {
  static const std::string kNone;
  AdminAnswer answer{.body = {}, .on_line = &on_line};
  const auto done = perform(
      socket_path_, {method, path, parameters, std::chrono::seconds(0), kNone, kNone}, answer);
  if (done && !answer.enough && !answer.body.empty()) on_line(answer.body);
  return done;
}

actors::Result<std::string> AdminClient::request(const char* method, const std::string& path,
                                                 const Parameters& parameters,
                                                 std::chrono::seconds timeout,
                                                 const std::string& json,
                                                 const std::string& request_id) const {
  AdminAnswer answer;
  const auto done =
      perform(socket_path_, {method, path, parameters, timeout, json, request_id}, answer);
  if (!done) return std::unexpected(done.error());
  return std::move(answer.body);
}

}  // namespace coppice::app::cli
