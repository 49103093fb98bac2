#include "net/channels/longpoll.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/asio/use_awaitable.hpp>
#include <openssl/rand.h>

#include "actors/shard.hpp"
#include "net/channels/version.hpp"
#include "net/encoding.hpp"
#include "net/json.hpp"
#include "supervisor/dynamic_supervisor.hpp"

namespace coppice::net::channels {
namespace {

using actors::Errc;
using http::Method;
using http::Request;
using http::RequestPtr;
using http::Response;
using http::Status;

constexpr boost::asio::use_awaitable_t<Executor> kAwait{};
constexpr auto kStartTimeout = std::chrono::seconds(5);
constexpr auto kSessionTimeout = std::chrono::seconds(2);  // then it counts as gone
constexpr std::size_t kTokenBytes = 32;
constexpr std::string_view kNoMessages = "[]";
constexpr std::string_view kSupervisor = "polls";

/// The characters of a token: base64 of its bytes, without padding.
constexpr std::size_t kTokenSize = (kTokenBytes * 4 + 2) / 3;

bool looks_like_token(std::string_view text) {
  return text.size() == kTokenSize && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-' || c == '_';
         });
}

/// Whether the first `token` of a query stands behind its `vsn`.
bool has_token_behind_version(const http::Params& params) {
  for (const auto& entry : params.entries()) {
    if (entry.name == "token") return false;
    if (entry.name == "vsn") return true;
  }
  return false;
}

/// The query's `token` is the session's, but also what applications like to call a connect
/// parameter. Clients put the session's last, behind `vsn`, which ends the connect parameters. The
/// application gets to see neither that one nor any other that has the shape of ours.
void forget_session_token(http::Params& params) {
  auto tokens = params.all("token");
  if (tokens.empty()) return;
  if (tokens.size() > 1 || has_token_behind_version(params)) tokens.pop_back();
  params.remove("token");
  for (auto& token : tokens) {
    if (!looks_like_token(token)) params.put("token", std::move(token));
  }
}

/// Random, and fit for a URL.
std::string new_token() {
  std::array<unsigned char, kTokenBytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("no random bytes");
  }
  std::string token = base64_encode(std::string(bytes.begin(), bytes.end()));
  while (token.ends_with('=')) token.pop_back();
  for (char& c : token) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return token;
}

std::string token_of(const Request& request) {
  const auto header = request.header("x-phoenix-longpoll-token");
  return std::string(header ? *header : request.query.get("token").value_or(""));
}

Response marked(Response response) {
  response.headers.add("access-control-allow-origin", "*");
  return response;
}

/// An answer in Phoenix's envelope: HTTP says 200, whatever @p status says.
Response envelope(std::string json) {
  auto response = Response::of(Status::ok, "application/json; charset=utf-8", std::move(json));
  response.headers.add("cache-control", "no-store");
  return marked(std::move(response));
}

Response says(Status status) {
  return envelope(R"({"status":)" + std::to_string(std::to_underlying(status)) + "}");
}

Response refuses(const Refused& refused) {
  auto response = says(refused.status);
  response.headers.add(kRefusedHeader, refused.why);
  return response;
}

Response says(Status status, std::string_view token, std::string_view messages) {
  std::string json = R"({"status":)" + std::to_string(std::to_underlying(status)) + R"(,"token":)";
  append_json_string(json, token);
  json.append(R"(,"messages":)").append(messages).append("}");
  return envelope(std::move(json));
}

/// No envelope: the client takes it for a broken connection, and comes back.
Response failure(Status status) { return marked(Response::empty(status)); }

Response preflight(const Request& request) {
  auto response = marked(Response::empty(Status::ok));
  response.headers.add("access-control-allow-headers",
                       request.header("access-control-request-headers").value_or(""));
  response.headers.add("access-control-allow-methods", "get, post, options");
  response.headers.add("access-control-max-age", "3600");
  return response;
}

}  // namespace

bool LongPolls::goes_on(const Request& request) const {
  return find(token_of(request)).has_value();
}

std::shared_ptr<LongPolls> LongPolls::make(actors::Runtime& runtime, SocketOptions socket,
                                           LongPollOptions options) {
  return std::shared_ptr<LongPolls>(new LongPolls(runtime, std::move(socket), std::move(options)));
}

LongPolls::LongPolls(actors::Runtime& runtime, SocketOptions socket, LongPollOptions options)
    : runtime_(runtime), socket_(std::move(socket)), options_(std::move(options)) {}

http::Route longpoll_route(std::string pattern, std::shared_ptr<LongPolls> polls) {
  const auto most = polls ? polls->options_.max_body_bytes : LongPollOptions().max_body_bytes;
  http::Handler handler = [polls = std::move(polls)](RequestPtr request) {
    return LongPolls::answer(polls, std::move(request));
  };
  return http::any(std::move(pattern), std::move(handler),
                   {.summary = "Channels, for clients without WebSockets",
                    .max_body_bytes = most,
                    .too_large = Status::bad_request});
}

supervisor::ChildSpec LongPolls::child(std::string_view parent) {
  supervisor_path_ = std::string(parent).append("/").append(kSupervisor);
  return supervisor::dynamic_supervisor_child(std::string(kSupervisor),
                                              {.max_children = options_.max_sessions});
}

Awaitable<Response> LongPolls::answer(std::shared_ptr<LongPolls> self, RequestPtr request) {
  const auto method = request->method;
  if (method == Method::options) co_return preflight(*request);
  if (method != Method::get && method != Method::post) co_return failure(Status::bad_request);
  if (!allows_origin(*request, self->socket_.handshake)) co_return refuses(refuse_origin());
  if (method == Method::post) co_return co_await take(std::move(self), std::move(request));
  co_return co_await poll(std::move(self), std::move(request));
}

Awaitable<Response> LongPolls::poll(std::shared_ptr<LongPolls> self, RequestPtr request) {
  const auto token = token_of(*request);
  const auto session = self->find(token);
  if (!session) co_return co_await begin(std::move(self), std::move(request));
  const auto timeout = self->options_.times.window + kSessionTimeout;
  const auto polled = co_await session->async_call(LongPollSession::Poll{}, timeout, kAwait);
  if (!polled && polled.error() == Errc::overloaded) co_return failure(Status::service_unavailable);
  if (!polled || polled->outcome == LongPollSession::Outcome::gone) {
    co_return says(Status::gone, token, kNoMessages);
  }
  if (polled->outcome == LongPollSession::Outcome::none) {
    co_return says(Status::no_content, token, kNoMessages);
  }
  co_return says(Status::ok, token, polled->messages);
}

Awaitable<Response> LongPolls::begin(std::shared_ptr<LongPolls> self, RequestPtr request) {
  const auto version = negotiate_version(request->query);
  if (!version) co_return refuses(refuse_version());
  if (self->draining_) co_return failure(Status::service_unavailable);
  std::optional<std::string> auth_token;
  if (self->socket_.handshake.auth_token) {
    if (const auto given = request->header("x-phoenix-authtoken")) auth_token = *given;
  }
  auto info = connect_info(*request, self->socket_.handshake, std::move(auth_token));
  forget_session_token(info.params);
  auto connected = co_await self->socket_.connect(std::move(info));
  if (!connected) {
    const auto refused = refusal_for(connected.error());
    co_return refused.status == Status::forbidden ? refuses(refused) : failure(refused.status);
  }
  auto token = new_token();
  auto spec = supervisor::worker<LongPollSession>(
      "session", self->start_of(token, *version, *std::move(connected), request->client));
  spec.restart = supervisor::Restart::temporary;
  spec.options.placement = actors::Placement::shard(actors::Shard::current()->index());
  const actors::ChildRef<supervisor::DynamicSupervisor> sessions(
      self->runtime_, self->runtime_.root()->find(self->supervisor_path_));
  if (!sessions.place()) co_return failure(Status::service_unavailable);
  supervisor::StartChild start{std::move(spec)};
  const auto started = co_await sessions.async_call(std::move(start), kStartTimeout, kAwait);
  if (!started) co_return failure(Status::service_unavailable);
  co_return says(Status::gone, token, kNoMessages);
}

LongPollStart LongPolls::start_of(std::string token, Version version, Connected connected,
                                  const boost::asio::ip::address& client) {
  return {.connected = std::move(connected),
          .socket = {.version = version,
                     .max_channels = socket_.max_channels,
                     .on_crash = {shared_from_this(), &socket_.on_crash},
                     .shard = socket_.sockets ? socket_.sockets->here() : nullptr,
                     .origin = {.transport = Transport::longpoll,
                                .address = client,
                                .since = std::chrono::system_clock::now()}},
          .max_queued_bytes = options_.max_queued_bytes,
          .slow_clients = options_.slow_clients,
          .times = options_.times,
          .on_begin = [self = shared_from_this(),
                       token](Session session) { self->add(token, session); },
          .on_end = [self = shared_from_this(),
                     token](const websocket::CloseInfo& info) { self->remove(token, info); }};
}

Awaitable<Response> LongPolls::take(std::shared_ptr<LongPolls> self, RequestPtr request) {
  const auto session = self->find(token_of(*request));
  if (!session) co_return says(Status::gone);
  auto frames = read_posted_frames(request->header("content-type").value_or(""), request->body);
  if (!frames) co_return failure(Status::bad_request);
  LongPollSession::Post post{*std::move(frames)};
  const auto taken = co_await session->async_call(std::move(post), kSessionTimeout, kAwait);
  if (taken) co_return says(Status::ok);
  switch (taken.error().code) {
    case Errc::malformed:
    case Errc::unsupported: co_return says(Status::bad_request);
    case Errc::overloaded: co_return says(Status::service_unavailable);
    case Errc::timeout: co_return says(Status::request_timeout);
    default: co_return says(Status::gone);
  }
}

// -- the sessions --------------------------------------------------------------------------------

std::optional<LongPolls::Session> LongPolls::find(const std::string& token) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(token);
  if (found == sessions_.end()) return std::nullopt;
  return found->second;
}

void LongPolls::add(const std::string& token, Session session) {
  {
    const std::lock_guard lock(mutex_);
    sessions_.emplace(token, session);
  }
  ++begun_;
  if (draining_) session.cast(LongPollSession::Drain{}).ignore();
}

void LongPolls::remove(const std::string& token, const websocket::CloseInfo& info) noexcept {
  if (info.cause == websocket::CloseCause::overflow) ++overflowed_;
  const std::lock_guard lock(mutex_);
  sessions_.erase(token);
}

void LongPolls::drain() {
  draining_ = true;
  std::vector<Session> sessions;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [token, session] : sessions_) sessions.push_back(session);
  }
  for (const auto& session : sessions) session.cast(LongPollSession::Drain{}).ignore();
}

LongPolls::Stats LongPolls::stats() const {
  const std::lock_guard lock(mutex_);
  return {.open = sessions_.size(), .begun = begun_, .overflowed = overflowed_};
}

}  // namespace coppice::net::channels
