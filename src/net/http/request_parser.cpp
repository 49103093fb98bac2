#include "net/http/request_parser.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "net/http/chunked_body.hpp"
#include "net/http/request_head.hpp"

namespace coppice::net::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using Refusal = RequestParser::Refusal;

constexpr std::size_t kMaxBodyReserve = std::size_t{64} * 1024;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool is_whole_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_port(std::string_view text) {
  return text.empty() || (text.size() <= 5 && is_whole_number(text));
}

/// The characters of a registered name (RFC 3986), as a table: each request's Host is looked at.
constexpr auto kHostCharacters = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "-._~%!$&'()*+;=")) {
    table.at(static_cast<unsigned char>(c)) = true;
  }
  return table;
}();

/// "example.com", "192.0.2.1:80", "[2001:db8::1]:80", or nothing.
bool is_host(std::string_view text) {
  const auto end = text.starts_with('[') ? text.find(']') : text.find(':');
  if (text.starts_with('[')) {
    if (end == std::string_view::npos) return false;
    const auto address = text.substr(1, end - 1);
    const auto behind = text.substr(end + 1);
    const bool is_address = !address.empty() && std::ranges::all_of(address, [](char c) {
      return std::string_view("0123456789abcdefABCDEF:.").contains(c);
    });
    return is_address && (behind.empty() || (behind.starts_with(':') && is_port(behind.substr(1))));
  }
  const auto name = text.substr(0, end);
  const bool is_name = std::ranges::all_of(
      name, [](char c) { return kHostCharacters[static_cast<unsigned char>(c)]; });
  return is_name && (end == std::string_view::npos || is_port(text.substr(end + 1)));
}

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x7E; });
}

/// Beast's parser with our own storage: fields and body go straight into the Request, and what
/// Beast lets pass but we don't is noted as a refusal.
class MessageParser final : public beast_http::basic_parser<true> {
 public:
  /// Both must outlive it.
  MessageParser(const Limits& limits, Request& request) : limits_(limits), request_(&request) {
    header_limit(static_cast<std::uint32_t>(limits.max_head_bytes + 1));
    body_limit(boost::none);  // only the route knows it
  }

  [[nodiscard]] const std::optional<Refusal>& refusal() const noexcept { return refusal_; }

  void refuse(Status status, std::string_view why) {
    if (!refusal_) refusal_ = {status, why};
  }

 private:
  void on_request_impl(beast_http::verb, boost::beast::string_view method,
                       boost::beast::string_view target, int version, error_code& error) override {
    request_->http_1_0 = version == 10;
    request_->target = view(target);
    const auto known = method_from(view(method));
    if (!known) return stop(Status::not_implemented, "the method is not known", error);
    request_->method = *known;
  }

  void on_field_impl(beast_http::field field, boost::beast::string_view name,
                     boost::beast::string_view value, error_code& error) override {
    auto& headers = request_->headers;
    if (headers.size() == limits_.max_headers) {
      return stop(Status::header_fields_too_large, "too many headers", error);
    }
    headers.add_checked(view(name), view(value));
    if (field == beast_http::field::content_length) check_length(view(value), error);
    if (field == beast_http::field::transfer_encoding) check_coding(view(value), error);
    if (field == beast_http::field::host) check_host(view(value), error);
  }

  void on_header_impl(error_code& error) override {
    request_->keep_alive = keep_alive();
    if (const auto length = content_length(); length && !chunked()) {
      request_->content_length = *length;
    }
    if (!request_->http_1_0 && hosts_ == 0) {
      stop(Status::bad_request, "the Host header is missing", error);
    }
  }

  // Beast sees heads only; bodies are read by the rules of ours.
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(boost::beast::string_view bytes, error_code&) override {
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view bytes,
                                 error_code&) override {
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}

  void check_length(std::string_view value, error_code& error) {
    if (++lengths_ > 1) stop(Status::bad_request, "Content-Length is repeated", error);
    if (!is_whole_number(value)) {
      stop(Status::bad_request, "Content-Length is no whole number", error);
    }
  }

  void check_coding(std::string_view value, error_code& error) {
    if (request_->http_1_0) stop(Status::bad_request, "HTTP/1.0 has no Transfer-Encoding", error);
    if (!equals_ignoring_case(value, "chunked")) {
      stop(Status::not_implemented, "only the chunked transfer coding is served", error);
    }
  }

  void check_host(std::string_view value, error_code& error) {
    if (++hosts_ > 1) stop(Status::bad_request, "Host is repeated", error);
    if (!is_host(value)) stop(Status::bad_request, "Host is malformed", error);
  }

  void stop(Status status, std::string_view why, error_code& error) {
    refuse(status, why);
    error = beast_http::error::bad_field;
  }

  const Limits& limits_;
  Request* request_;
  std::optional<Refusal> refusal_;
  unsigned lengths_ = 0;
  unsigned hosts_ = 0;
};

Refusal refusal_for(const error_code& error) {
  if (error == beast_http::error::bad_transfer_encoding ||
      error == beast_http::error::bad_content_length) {
    return {Status::bad_request, "the body's length is given in two ways, or malformed"};
  }
  if (error == beast_http::error::bad_target) {
    return {Status::bad_request, "the request target is malformed"};
  }
  return {Status::bad_request, "the request is malformed"};
}

/// The parts of a target that are of use.
struct Target {
  std::string_view path_and_query;
  std::string_view authority{};  ///< Only in the absolute form that proxies use.
};

std::optional<Target> read_form(std::string_view target) {
  if (!is_ascii(target) || target.contains('#')) return std::nullopt;
  if (target.starts_with('/')) return Target{target};
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    const auto rest = target.substr(scheme.size());
    const auto end = rest.find_first_of("/?");
    const auto authority = rest.substr(0, end);
    if (authority.empty() || !is_host(authority)) return std::nullopt;
    if (end == std::string_view::npos) return Target{"/", authority};
    if (rest[end] == '/') return Target{rest.substr(end), authority};
  }
  return std::nullopt;
}

}  // namespace

class RequestParser::Impl {
 public:
  explicit Impl(const Limits& limits)
      : limits_(limits), head_(limits_), request_(std::make_shared<Request>()) {
    message_.emplace(limits_, *request_);
  }

  Step advance(std::string_view input) {
    if (refusal_) return {Progress::refused, 0};
    return in_body_ ? advance_body(input) : advance_head(input);
  }

  [[nodiscard]] const std::shared_ptr<Request>& request() noexcept { return request_; }
  void limit_body(std::size_t most) noexcept {
    if (chunks_) chunks_->limit(most);
  }
  [[nodiscard]] Refusal refusal() const noexcept { return *refusal_; }
  void give_up(const Refusal& refusal) { std::ignore = refuse(refusal); }

  [[nodiscard]] bool expects_continue() noexcept {
    return !request()->http_1_0 && request()->headers.has_token("expect", "100-continue");
  }

  std::shared_ptr<Request> take() {
    auto request = std::exchange(request_, std::make_shared<Request>());
    start_over();
    return request;
  }

  void reuse() {
    request_->clear();
    start_over();
  }

 private:
  void start_over() {
    message_.emplace(limits_, *request_);
    head_.reset();
    chunks_.reset();
    in_body_ = false;
    blank_line_seen_ = false;
  }

  Step advance_head(std::string_view input) {
    // RFC 9112 2.2: a client may send an empty line before its request.
    if (!blank_line_seen_ && input.starts_with('\r')) {
      if (input.size() == 1) return {Progress::need_more, 0};
      if (input[1] == '\n') {
        blank_line_seen_ = true;
        const auto step = advance_head(input.substr(2));
        return {step.progress, step.consumed + 2};
      }
    }
    const auto size = head_.scan(input);
    if (head_.refusal()) return refuse(*head_.refusal());
    if (!size) return {Progress::need_more, 0};
    return parse_head(input.substr(0, *size));
  }

  Step parse_head(std::string_view head) {
    auto& request = *request_;
    request.headers.reserve(head.size(), kTypicalHeaders);
    error_code error;
    message_->put(boost::asio::buffer(head.data(), head.size()), error);
    if (error) return refuse(message_->refusal().value_or(refusal_for(error)));
    if (const auto refusal = read_target(request)) return refuse(*refusal);
    if (request.headers.contains("expect") && !request.http_1_0 && !expects_continue()) {
      return refuse({Status::expectation_failed, "only 100-continue can be expected"});
    }
    if (message_->is_done()) return {Progress::complete, head.size()};
    begin_body();
    return {Progress::head, head.size()};
  }

  Step advance_body(std::string_view input) {
    return chunks_ ? advance_chunks(input) : advance_counted(input);
  }

  Step advance_counted(std::string_view input) {
    const auto taken = input.substr(0, body_left_);
    request_->body += taken;
    body_left_ -= taken.size();
    return {body_left_ == 0 ? Progress::complete : Progress::need_more, taken.size()};
  }

  Step advance_chunks(std::string_view input) {
    const auto step = chunks_->advance(input, request_->body);
    switch (step.progress) {
      case ChunkedBody::Progress::complete: return {Progress::complete, step.consumed};
      case ChunkedBody::Progress::malformed:
        return refuse({Status::bad_request, "a chunk of the body is malformed"});
      case ChunkedBody::Progress::too_large:
        return refuse({Status::content_too_large, "the body is too large"});
      case ChunkedBody::Progress::need_more: break;
    }
    return {Progress::need_more, step.consumed};
  }

  void begin_body() {
    in_body_ = true;
    if (message_->chunked()) {
      chunks_.emplace(limits_.max_head_bytes);
      return;
    }
    body_left_ = request_->content_length.value_or(0);
    // A length is only a promise: memory is given out as the bytes come in.
    request_->body.reserve(std::min<std::size_t>(body_left_, kMaxBodyReserve));
  }

  static std::optional<Refusal> read_target(Request& request) {
    if (request.target == "*" && request.method == Method::options) {
      request.path = "*";
      return std::nullopt;
    }
    const auto target = read_form(request.target);
    if (!target) return Refusal{Status::bad_request, "the request target is malformed"};
    // RFC 9112 3.2.2: it is right, whatever the header says.
    if (!target->authority.empty()) request.headers.set("host", target->authority);
    const auto mark = target->path_and_query.find('?');
    request.path = target->path_and_query.substr(0, mark);
    if (mark == std::string_view::npos) return std::nullopt;
    auto query = parse_query(target->path_and_query.substr(mark + 1));
    if (!query) return Refusal{Status::bad_request, "the query is malformed"};
    request.query = *std::move(query);
    return std::nullopt;
  }

  Step refuse(const Refusal& refusal) {
    refusal_ = refusal;
    request_->malformed = true;
    return {Progress::refused, 0};
  }

  static constexpr std::size_t kTypicalHeaders = 16;

  const Limits limits_;
  HeadScanner head_;
  std::shared_ptr<Request> request_;
  std::optional<MessageParser> message_;  // Beast's can't be used twice
  std::optional<Refusal> refusal_;
  std::optional<ChunkedBody> chunks_;  // of a body that is chunked
  std::uint64_t body_left_ = 0;        // of one that is not
  bool in_body_ = false;
  bool blank_line_seen_ = false;
};

RequestParser::RequestParser(const Limits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

RequestParser::Step RequestParser::advance(std::string_view input) { return impl_->advance(input); }
const std::shared_ptr<Request>& RequestParser::request() const noexcept { return impl_->request(); }
void RequestParser::limit_body(std::size_t most) noexcept { impl_->limit_body(most); }
void RequestParser::give_up(Refusal refusal) { impl_->give_up(refusal); }
bool RequestParser::expects_continue() const noexcept { return impl_->expects_continue(); }
std::shared_ptr<Request> RequestParser::take() { return impl_->take(); }
void RequestParser::reuse() { impl_->reuse(); }
RequestParser::Refusal RequestParser::refusal() const noexcept { return impl_->refusal(); }

}  // namespace coppice::net::http
