#include "net/http/plugs/compress.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <boost/asio/post.hpp>

namespace coppice::net::http::plugs {
namespace {

using Then = Compressor::Then;

constexpr std::size_t kLeast = 1024;                         // below it, a packet is a packet
constexpr std::size_t kMostAtOnce = std::size_t{32} * 1024;  // less than a millisecond

std::string_view name_of(Coding coding) { return coding == Coding::gzip ? "gzip" : "br"; }

/// "br;q=0.5" as "br" and 500; a weight that can't be read is none.
std::pair<std::string_view, int> weighted(std::string_view element) {
  const auto semicolon = element.find(';');
  const auto name = trim(element.substr(0, semicolon));
  if (semicolon == std::string_view::npos) return {name, 1000};
  auto weight = trim(element.substr(semicolon + 1));
  if (!weight.starts_with("q=") && !weight.starts_with("Q=")) return {name, 0};
  weight.remove_prefix(2);
  double value = 0;
  const auto parsed = std::from_chars(weight.data(), weight.data() + weight.size(), value);
  const bool valid = parsed.ec == std::errc() && parsed.ptr == weight.data() + weight.size() &&
                     value >= 0 && value <= 1;
  return {name, valid ? static_cast<int>(value * 1000) : 0};
}

bool is_whole_text(const Response& response) {
  return may_have_body(response.status) && response.status != Status::partial_content &&
         !response.headers.contains("content-encoding") &&
         !response.headers.has_token("cache-control", "no-transform") &&
         is_compressible(response.headers.get("content-type").value_or(""));
}

bool is_worth_it(const Body& body) {
  if (std::holds_alternative<BodyStream>(body.source())) return true;
  return body.has_bytes() && body.bytes().size() >= kLeast;
}

void weaken_etag(Headers& headers) {
  const auto etag = headers.get("etag");
  if (etag && etag->starts_with('"')) headers.set("etag", "W/" + std::string(*etag));
}

/// Whether the client has the answer whose tag compression weakened.
bool has_weakened(const Request& request, const Headers& answer) {
  const auto etag = answer.get("etag");
  if (!etag || !etag->starts_with('"')) return false;
  const std::string weak = "W/" + std::string(*etag);
  return std::ranges::any_of(request.headers, [&weak](const Header& field) {
    return equals_ignoring_case(field.name, "if-none-match") &&
           field.value.find(weak) != std::string_view::npos;
  });
}

/// Puts a compressor between a stream and the connection.
class CompressingWriter final : public BodyWriter {
 public:
  CompressingWriter(Coding coding, std::shared_ptr<BodyWriter> next)
      : compressor_(Compressor::make(coding)), next_(std::move(next)) {}

  Awaitable<bool> write(std::string piece) override {
    if (piece.empty()) co_return true;
    // A producer that wanted to wait for more would have.
    auto out = compressor_->feed(piece, Then::flush);
    const bool taken = co_await next_->write(std::move(out));
    co_return taken;
  }

  [[nodiscard]] bool draining() const noexcept override { return next_->draining(); }
  void when_draining(std::function<void()> wake) override { next_->when_draining(std::move(wake)); }

  Awaitable<bool> finish() {
    auto rest = compressor_->feed({}, Then::finish);
    const bool taken = co_await next_->write(std::move(rest));
    co_return taken;
  }

 private:
  std::unique_ptr<Compressor> compressor_;
  std::shared_ptr<BodyWriter> next_;
};

Awaitable<bool> produce_compressed(Coding coding, BodyProducer produce,
                                   std::shared_ptr<BodyWriter> writer) {
  const auto compressing = std::make_shared<CompressingWriter>(coding, std::move(writer));
  const bool whole = co_await produce(compressing);
  compressing->when_draining(nullptr);  // whom it would wake has gone
  if (!whole) co_return false;
  const bool ended = co_await compressing->finish();
  co_return ended;
}

/// A large text in slices, with the shard's other work in between.
Awaitable<bool> produce_slices(Coding coding, SharedBytes text,
                               std::shared_ptr<BodyWriter> writer) {
  const auto compressor = Compressor::make(coding);
  for (std::size_t at = 0; at < text->size(); at += kMostAtOnce) {
    const bool last = at + kMostAtOnce >= text->size();
    auto out = compressor->feed(std::string_view(*text).substr(at, kMostAtOnce),
                                last ? Then::finish : Then::go_on);
    const bool taken = co_await writer->write(std::move(out));
    if (!taken) co_return false;
    co_await boost::asio::post(boost::asio::use_awaitable_t<Executor>());
  }
  co_return true;
}

Body compressed(Coding coding, Body body) {
  if (const auto* stream = std::get_if<BodyStream>(&body.source())) {
    return BodyStream{std::bind_front(produce_compressed, coding, stream->produce)};
  }
  if (body.bytes().size() <= kMostAtOnce) return net::compress(coding, body.bytes());
  return BodyStream{std::bind_front(produce_slices, coding, std::move(body).share())};
}

void compress_response(const Request& request, Response& response) {
  if (response.status == Status::not_modified) {
    // As the answer that it stands for, or a cache doesn't find that one.
    response.headers.merge("vary", "accept-encoding");
    if (has_weakened(request, response.headers)) weaken_etag(response.headers);
    return;
  }
  if (!is_worth_it(response.body) || !is_whole_text(response)) return;
  response.headers.merge("vary", "accept-encoding");
  const auto coding = preferred_coding(request.header("accept-encoding").value_or(""));
  if (!coding) return;
  response.body = compressed(*coding, std::move(response.body));
  response.headers.add("content-encoding", name_of(*coding));
  weaken_etag(response.headers);
}

}  // namespace

Plug compress() { return {.name = "compress", .after = compress_response}; }

std::optional<Coding> preferred_coding(std::string_view accept_encoding) {
  int brotli = -1;
  int gzip = -1;
  int others = 0;
  while (!accept_encoding.empty()) {
    const auto comma = accept_encoding.find(',');
    const auto [name, weight] = weighted(trim(accept_encoding.substr(0, comma)));
    if (equals_ignoring_case(name, "br")) brotli = weight;
    if (equals_ignoring_case(name, "gzip") || equals_ignoring_case(name, "x-gzip")) gzip = weight;
    if (name == "*") others = weight;
    if (comma == std::string_view::npos) break;
    accept_encoding.remove_prefix(comma + 1);
  }
  if (brotli < 0) brotli = others;
  if (gzip < 0) gzip = others;
  if (brotli <= 0 && gzip <= 0) return std::nullopt;
  return brotli >= gzip ? Coding::brotli : Coding::gzip;
}

bool is_compressible(std::string_view content_type) noexcept {
  constexpr std::array<std::string_view, 11> kTypes = {
      "application/json",         "application/javascript", "application/xml",
      "application/rss+xml",      "application/atom+xml",   "application/xhtml+xml",
      "application/ld+json",      "image/svg+xml",          "application/manifest+json",
      "application/openapi+json", "application/wasm"};
  const auto type = without_parameters(content_type);
  // Each event of an event stream is compressed and flushed: that costs more than it saves.
  if (equals_ignoring_case(type, "text/event-stream")) return false;
  if (equals_ignoring_case(type.substr(0, 5), "text/")) return true;
  return std::ranges::any_of(
      kTypes, [type](std::string_view known) { return equals_ignoring_case(type, known); });
}

}  // namespace coppice::net::http::plugs
