#include "net/http/request_parser.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

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

bool is_host(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~%!$&'()*+,;=:[]").contains(c);
  });
}

/// Beast's parser with our own storage: fields and body go straight into the Request, and what
/// Beast lets pass but we don't is noted as a refusal.
class MessageParser final : public beast_http::basic_parser<true> {
 public:
  explicit MessageParser(const Limits& limits)
      : limits_(limits), request_(std::make_shared<Request>()) {
    header_limit(static_cast<std::uint32_t>(limits.max_head_bytes + 1));
    body_limit(boost::none);  // only the route knows it
  }

  [[nodiscard]] const std::shared_ptr<Request>& request() noexcept { return request_; }
  [[nodiscard]] std::shared_ptr<Request> take() noexcept { return std::move(request_); }
  [[nodiscard]] const std::optional<Refusal>& refusal() const noexcept { return refusal_; }

  /// Whether the line with the next chunk's size comes next, behind the CR LF of the one before.
  [[nodiscard]] bool between_chunks() const noexcept { return chunk_left_ == 0; }
  [[nodiscard]] bool chunk_seen() const noexcept { return chunk_seen_; }

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
    if (head_done_) return;  // trailers tell nothing that we use
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
    head_done_ = true;
    request_->keep_alive = keep_alive();
    if (const auto length = content_length(); length && !chunked()) {
      request_->content_length = *length;
    }
    if (!request_->http_1_0 && hosts_ == 0) {
      stop(Status::bad_request, "the Host header is missing", error);
    }
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    // A length is only a promise: memory is given out as the bytes come in.
    if (length) request_->body.reserve(std::min<std::size_t>(*length, kMaxBodyReserve));
  }

  std::size_t on_body_impl(boost::beast::string_view bytes, error_code&) override {
    request_->body += view(bytes);
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t size, boost::beast::string_view, error_code&) override {
    chunk_left_ = size;
    chunk_seen_ = true;
  }

  std::size_t on_chunk_body_impl(std::uint64_t left, boost::beast::string_view bytes,
                                 error_code&) override {
    chunk_left_ = left - bytes.size();
    request_->body += view(bytes);
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
  std::shared_ptr<Request> request_;
  std::optional<Refusal> refusal_;
  unsigned lengths_ = 0;
  unsigned hosts_ = 0;
  std::uint64_t chunk_left_ = 0;
  bool chunk_seen_ = false;
  bool head_done_ = false;
};

Refusal refusal_for(const error_code& error) {
  if (error == beast_http::error::body_limit) {
    return {Status::content_too_large, "the body is too large"};
  }
  if (error == beast_http::error::bad_transfer_encoding ||
      error == beast_http::error::bad_content_length) {
    return {Status::bad_request, "the body's length is given in two ways, or malformed"};
  }
  if (error == beast_http::error::bad_target) {
    return {Status::bad_request, "the request target is malformed"};
  }
  if (error == beast_http::error::bad_chunk || error == beast_http::error::bad_chunk_extension) {
    return {Status::bad_request, "a chunk of the body is malformed"};
  }
  return {Status::bad_request, "the request is malformed"};
}

/// Whether these bytes can begin a chunk's size and what is behind it.
bool may_begin_chunk(std::string_view input) {
  const auto digits = input.find_first_not_of("0123456789abcdefABCDEF");
  if (digits == std::string_view::npos) return true;
  if (digits == 0) return false;
  const auto rest = input.substr(digits);
  if (rest.front() != '\r') return std::string_view("; \t").contains(rest.front());
  return rest.size() == 1 || rest[1] == '\n';
}

/// The same for the bytes between two chunks, which begin with the first one's CR LF.
bool may_end_chunk(std::string_view input) {
  constexpr std::string_view kLineEnd = "\r\n";
  const auto shared = std::min(input.size(), kLineEnd.size());
  if (input.substr(0, shared) != kLineEnd.substr(0, shared)) return false;
  return may_begin_chunk(input.substr(shared));
}

/// The path and query of a target in origin form, or in the absolute form that proxies use.
std::optional<std::string_view> origin_form(std::string_view target) {
  if (target.starts_with('/')) return target;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    const auto authority = target.substr(scheme.size());
    const auto path = authority.find_first_of("/?");
    if (authority.empty() || path == 0) return std::nullopt;
    if (path == std::string_view::npos) return "/";
    if (authority[path] == '/') return authority.substr(path);
  }
  return std::nullopt;
}

}  // namespace

class RequestParser::Impl {
 public:
  explicit Impl(const Limits& limits) : limits_(limits), head_(limits_), message_(limits_) {}

  Step advance(std::string_view input) {
    if (refusal_) return {Progress::refused, 0};
    return in_body_ ? advance_body(input) : advance_head(input);
  }

  [[nodiscard]] const std::shared_ptr<Request>& request() noexcept { return message_->request(); }
  void limit_body(std::size_t most) noexcept { message_->body_limit(most); }
  [[nodiscard]] Refusal refusal() const noexcept { return *refusal_; }
  void give_up(const Refusal& refusal) { std::ignore = refuse(refusal); }

  [[nodiscard]] bool expects_continue() noexcept {
    return !request()->http_1_0 && request()->headers.has_token("expect", "100-continue");
  }

  std::shared_ptr<Request> take() {
    auto request = message_->take();
    message_.emplace(limits_);
    head_.reset();
    in_body_ = false;
    blank_line_seen_ = false;
    return request;
  }

 private:
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
    auto& request = *message_->request();
    request.headers.reserve(head.size(), kTypicalHeaders);
    error_code error;
    message_->put(boost::asio::buffer(head.data(), head.size()), error);
    if (error) return refuse(message_->refusal().value_or(refusal_for(error)));
    if (const auto refusal = read_target(request)) return refuse(*refusal);
    if (request.headers.contains("expect") && !request.http_1_0 && !expects_continue()) {
      return refuse({Status::expectation_failed, "only 100-continue can be expected"});
    }
    in_body_ = !message_->is_done();
    return {in_body_ ? Progress::head : Progress::complete, head.size()};
  }

  Step advance_body(std::string_view input) {
    // Beast asserts that the last chunk is not presented in smaller pieces. Nothing is lost by
    // waiting: "0 CR LF CR LF" is the least that can remain of a chunked body.
    if (message_->chunked() && input.size() < kShortestLastChunk) return await_more(input, 0);
    error_code error;
    message_->eager(true);
    const auto consumed = message_->put(boost::asio::buffer(input.data(), input.size()), error);
    if (message_->is_done()) return {Progress::complete, consumed};
    if (error && error != beast_http::error::need_more) return refuse(refusal_for(error));
    return await_more(input, consumed);
  }

  /// What can't become a body any more is refused now, since its sender waits for the answer.
  Step await_more(std::string_view input, std::size_t consumed) {
    const auto rest = input.substr(consumed);
    // Between two chunks there are only a size and, at the end, trailers.
    if (rest.size() > limits_.max_head_bytes) {
      return refuse({Status::bad_request, "a chunk's size or the trailers are too long"});
    }
    if (message_->chunked() && message_->between_chunks()) {
      const bool fits = message_->chunk_seen() ? may_end_chunk(rest) : may_begin_chunk(rest);
      if (!fits) return refuse(refusal_for(beast_http::error::bad_chunk));
    }
    return {Progress::need_more, consumed};
  }

  static std::optional<Refusal> read_target(Request& request) {
    if (request.target == "*" && request.method == Method::options) {
      request.path = "*";
      return std::nullopt;
    }
    const auto target = origin_form(request.target);
    if (!target || target->contains('#')) {
      return Refusal{Status::bad_request, "the request target is malformed"};
    }
    const auto mark = target->find('?');
    request.path = target->substr(0, mark);
    if (mark == std::string_view::npos) return std::nullopt;
    auto query = parse_query(target->substr(mark + 1));
    if (!query) return Refusal{Status::bad_request, "the query is malformed"};
    request.query = *std::move(query);
    return std::nullopt;
  }

  Step refuse(const Refusal& refusal) {
    refusal_ = refusal;
    message_->request()->malformed = true;
    return {Progress::refused, 0};
  }

  static constexpr std::size_t kTypicalHeaders = 16;
  static constexpr std::size_t kShortestLastChunk = 5;

  const Limits limits_;
  HeadScanner head_;
  std::optional<MessageParser> message_;
  std::optional<Refusal> refusal_;
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
RequestParser::Refusal RequestParser::refusal() const noexcept { return impl_->refusal(); }

}  // namespace coppice::net::http
