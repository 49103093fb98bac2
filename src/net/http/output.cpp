#include "net/http/output.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <variant>

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>

namespace coppice::net::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// How much a client has to read in the time for writing. Less, and a few bytes now and then would
/// hold a connection for ever.
constexpr std::int64_t kLeastPerTimeout = std::int64_t{64} * 1024;
constexpr std::size_t kMostKept = std::size_t{64} * 1024;

/// What is left to send of two pieces of which @p sent bytes have gone.
std::array<asio::const_buffer, 2> rest_of(const std::string& first, const SharedBytes& second,
                                          std::size_t sent) {
  const auto of_first = std::min(sent, first.size());
  auto behind = second ? asio::buffer(*second) : asio::const_buffer();
  return {asio::buffer(first) + of_first, behind + (sent - of_first)};
}

void append_chunk_size(std::string& out, std::size_t size) {
  char digits[16];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), size, 16).ptr;
  out.append(std::begin(digits), end).append("\r\n");
}

}  // namespace

/// What a producer holds of the connection: nothing, once the body has ended.
class Output::Writer final : public BodyWriter {
 public:
  Writer(Output& output, bool chunked) : output_(&output), chunked_(chunked) {}

  Awaitable<bool> write(std::string piece) override {
    if (failed_ || output_ == nullptr) co_return false;
    const bool sent = co_await output_->send_piece(std::move(piece), chunked_);
    failed_ = !sent;
    co_return sent;
  }

  [[nodiscard]] bool draining() const noexcept override {
    return output_ != nullptr && output_->watch_->draining();
  }

  void when_draining(std::function<void()> wake) override {
    wake_ = std::move(wake);
    if (draining()) drain();
  }

  void drain() {
    if (const auto wake = std::exchange(wake_, nullptr)) wake();
  }

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  void end() noexcept {
    output_ = nullptr;
    wake_ = nullptr;
  }

 private:
  Output* output_;
  const bool chunked_;
  bool failed_ = false;
  std::function<void()> wake_;
};

bool Output::flush_at_once() {
  if (pending_.empty()) return true;
  error_code error;
  const std::size_t sent = socket_->write_some(asio::buffer(pending_), error);
  written_ += sent;
  if (sent == pending_.size()) {
    forget_sent();
    return true;
  }
  pending_.erase(0, sent);
  return false;
}

/// In a loop of its own: a deadline that strikes while a part has been written, but not been
/// resumed from yet, finds no operation to cancel, so somebody must look before the next part.
Awaitable<bool> Output::flush(SharedBytes tail) {
  const std::size_t total = pending_.size() + (tail ? tail->size() : 0);
  error_code error;
  std::size_t sent = socket_->write_some(rest_of(pending_, tail, 0), error);
  if (error && error != asio::error::would_block) co_return false;
  written_ += sent;
  const bool must_wait = sent < total;
  if (must_wait) wait_for_client();
  while (sent < total) {
    const auto [failure, size] =
        co_await socket_->async_write_some(rest_of(pending_, tail, sent), kAsResult);
    const bool cancelled = co_await is_cancelled();
    if (failure || watch_->gave_up() || cancelled) co_return false;
    sent += size;
    written_ += size;
    if (client_reads()) watch_->wait_for_client();  // large answers take longer than one timeout
  }
  if (must_wait) watch_->client_has_read();
  forget_sent();
  co_return true;
}

void Output::wait_for_client() {
  acknowledged_before_ = acknowledged();
  watch_->wait_for_client();
}

bool Output::client_reads() {
  const auto now = acknowledged();
  if (now - acknowledged_before_ < kLeastPerTimeout) return false;
  acknowledged_before_ = now;
  return true;
}

/// By the client's machine. May be too low where sockets count more than bytes, as Unix ones do.
std::int64_t Output::acknowledged() {
  return static_cast<std::int64_t>(written_) - static_cast<std::int64_t>(socket_->unacknowledged());
}

/// An idle connection does not keep the room of its largest answer.
void Output::forget_sent() noexcept {
  pending_.clear();
  if (pending_.capacity() > kMostKept) std::string().swap(pending_);
}

Awaitable<bool> Output::send(Body body, bool chunked) {
  body_bytes_ = 0;
  if (const auto* slice = std::get_if<FileSlice>(&body.source())) {
    const bool sent = co_await send_file(*slice);
    co_return sent;
  }
  if (const auto* slice = std::get_if<FetchedSlice>(&body.source())) {
    const bool sent = co_await send_fetched(*slice);
    co_return sent;
  }
  if (const auto* stream = std::get_if<BodyStream>(&body.source())) {
    const bool sent = co_await send_stream(*stream, chunked);
    co_return sent;
  }
  auto bytes = std::move(body).share();
  const auto size = bytes->size();
  const bool sent = co_await flush(std::move(bytes));
  body_bytes_ = sent ? size : 0;
  co_return sent;
}

Awaitable<bool> Output::send_file(FileSlice slice) {
  while (slice.size > 0) {
    const auto wanted = std::min<std::uint64_t>(slice.size, FileSlice::kPiece);
    auto piece = std::make_shared<std::string>(wanted, '\0');
    const auto got = slice.file->read(slice.offset, *piece);
    if (!got || *got == 0) co_return false;  // it has become shorter than the length we gave
    piece->resize(*got);
    slice.offset += *got;
    slice.size -= *got;
    slice.file->prefetch(slice.offset, std::min<std::uint64_t>(slice.size, FileSlice::kPiece));
    const bool sent = co_await flush(std::move(piece));
    if (!sent) co_return false;
    body_bytes_ += *got;
  }
  co_return true;
}

Awaitable<bool> Output::send_fetched(FetchedSlice slice) {
  const bool head_sent = co_await flush(nullptr);  // the first piece may take a while
  if (!head_sent) co_return false;
  while (slice.size > 0) {
    auto piece = co_await (*slice.fetch)(slice.next());
    const bool cancelled = co_await is_cancelled();
    if (cancelled || !slice.pass(piece)) co_return false;
    const auto size = piece->size();
    const bool sent = co_await flush(std::make_shared<const std::string>(*std::move(piece)));
    if (!sent) co_return false;
    body_bytes_ += size;
  }
  co_return true;
}

Awaitable<bool> Output::send_stream(BodyStream stream, bool chunked) {
  const bool head_sent = co_await flush(nullptr);  // the first piece may take a while
  if (!head_sent) co_return false;
  auto writer = std::make_shared<Writer>(*this, chunked);
  streaming_ = writer;
  const bool whole = co_await stream.produce(writer);
  writer->end();
  const bool cancelled = co_await is_cancelled();
  if (!whole || writer->failed() || cancelled) co_return false;
  if (chunked) pending_ += "0\r\n\r\n";
  co_return true;
}

void Output::drain() {
  if (const auto writer = streaming_.lock()) writer->drain();
}

Awaitable<bool> Output::send_piece(std::string piece, bool chunked) {
  if (piece.empty()) co_return true;  // an empty chunk would end the body
  const auto size = piece.size();
  if (chunked) append_chunk_size(pending_, size);
  if (chunked) piece += "\r\n";
  const bool sent = co_await flush(std::make_shared<const std::string>(std::move(piece)));
  if (sent) body_bytes_ += size;
  co_return sent;
}

}  // namespace coppice::net::http
