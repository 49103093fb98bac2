#include "net/websocket/deflate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <utility>
#include <zlib.h>

namespace coppice::net::websocket {
namespace {

constexpr std::string_view kName = "permessage-deflate";
constexpr std::string_view kNoServerContext = "server_no_context_takeover";
constexpr std::string_view kNoClientContext = "client_no_context_takeover";
constexpr std::string_view kServerWindow = "server_max_window_bits";
constexpr std::string_view kClientWindow = "client_max_window_bits";
constexpr std::size_t kWorthwhile = 128;
constexpr std::size_t kChunk = std::size_t{16} * 1024;
constexpr std::size_t kKeepCapacity = std::size_t{64} * 1024;
constexpr int kMemoryLevel = 8;
constexpr int kSmallestWindow = 9;  // zlib makes raw streams with 8 wider than that
constexpr int kLargestWindow = 15;

/// What a flush ends with, and messages leave out: RFC 7692 7.2.1.
constexpr std::string_view kTail("\x00\x00\xFF\xFF", 4);

/// Takes the next part off the front of @p text, without blanks around it.
std::string_view take_part(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const auto part = http::trim(text.substr(0, end));
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return part;
}

std::string_view unquoted(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
  return quoted ? value.substr(1, value.size() - 2) : value;
}

/// 8 to 15, written without a leading zero; 0 for anything else.
int window_bits(std::string_view value) {
  value = unquoted(value);
  int bits = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), bits);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == value.data() + value.size();
  return whole && !value.starts_with('0') && bits >= 8 && bits <= kLargestWindow ? bits : 0;
}

/// One offer: `permessage-deflate; name; name=value`.
class Offer {
 public:
  /// False if it can't be met.
  bool read(std::string_view text) {
    if (take_part(text, ';') != kName) return false;
    while (!text.empty()) {
      if (!read_parameter(take_part(text, ';'))) return false;
    }
    return true;
  }

  [[nodiscard]] Deflate deflate() const { return {.window_bits = window_}; }

 private:
  bool read_parameter(std::string_view parameter) {
    const auto equals = parameter.find('=');
    const auto name = http::trim(parameter.substr(0, equals));
    const bool has_value = equals != std::string_view::npos;
    const auto value = has_value ? http::trim(parameter.substr(equals + 1)) : std::string_view();
    if (name == kNoServerContext) return !has_value && first(no_server_context_);
    if (name == kNoClientContext) return !has_value && first(no_client_context_);
    if (name == kClientWindow) {
      return (!has_value || window_bits(value) != 0) && first(client_window_);
    }
    if (name != kServerWindow) return false;
    window_ = window_bits(value);
    return window_ >= kSmallestWindow && first(server_window_);
  }

  static bool first(bool& seen) { return !std::exchange(seen, true); }

  int window_ = kLargestWindow;
  bool no_server_context_ = false;
  bool no_client_context_ = false;
  bool server_window_ = false;
  bool client_window_ = false;
};

class Deflater {
 public:
  explicit Deflater(int bits) {
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -bits, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream_); }

  /// Appends the whole of @p bytes, compressed, without the tail.
  void append(std::string& out, std::string_view bytes) {
    deflateReset(&stream_);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      const auto before = out.size();
      out.resize(before + std::max(kWorthwhile, bytes.size() / 2));
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);  // NOLINT
      stream_.avail_out = static_cast<uInt>(out.size() - before);
      deflate(&stream_, Z_SYNC_FLUSH);
      out.resize(out.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
    out.resize(out.size() - kTail.size());
  }

 private:
  z_stream stream_{};
};

/// One for each size of window that a thread's clients have asked for.
Deflater& deflater_of_this_thread(int bits) {
  thread_local std::array<std::unique_ptr<Deflater>, kLargestWindow + 1> deflaters;
  auto& deflater = deflaters.at(static_cast<std::size_t>(bits));
  if (!deflater) deflater = std::make_unique<Deflater>(bits);
  return *deflater;
}

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, -kLargestWindow) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  void begin() { inflateReset(&stream_); }

  /// Appends what @p bytes stand for. False with @p error if it can't.
  bool append(std::string& out, std::string_view bytes, std::size_t max_size, InflateError& error) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT
    stream_.avail_in = static_cast<uInt>(bytes.size());
    for (;;) {
      std::array<char, kChunk> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init)
      stream_.next_out = reinterpret_cast<Bytef*>(chunk.data());  // NOLINT
      stream_.avail_out = static_cast<uInt>(chunk.size());
      const int result = inflate(&stream_, Z_SYNC_FLUSH);
      error = InflateError::malformed;
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return false;
      const auto size = chunk.size() - stream_.avail_out;
      error = InflateError::too_large;
      if (out.size() + size > max_size) return false;
      out.append(chunk.data(), size);
      // A final block may end the stream before the message: what follows is a stream of its own.
      if (result == Z_STREAM_END) inflateReset(&stream_);
      const bool stuck = size == 0 && result == Z_BUF_ERROR;
      if (stuck || (stream_.avail_in == 0 && stream_.avail_out != 0)) return true;
    }
  }

 private:
  z_stream stream_{};
};

}  // namespace

std::optional<Deflate> accept_deflate(const http::Headers& headers) {
  for (const auto header : headers) {
    if (!http::equals_ignoring_case(header.name, "sec-websocket-extensions")) continue;
    for (const auto text : http::split_list(header.value)) {
      Offer offer;
      if (offer.read(text)) return offer.deflate();
    }
  }
  return std::nullopt;
}

std::string to_header(const Deflate& deflate) {
  std::string text(kName);
  text.append("; ").append(kNoServerContext).append("; ").append(kNoClientContext);
  if (deflate.window_bits < kLargestWindow) {
    text.append("; ").append(kServerWindow).append("=" + std::to_string(deflate.window_bits));
  }
  return text;
}

bool worth_deflating(const Frame& frame) noexcept {
  return frame.opcode() <= Opcode::binary && frame.payload().size() >= kWorthwhile;
}

Frame deflated(const Frame& frame, const Deflate& deflate) {
  // Not in place: a frame that waits must take no more room than its bytes are counted for.
  thread_local std::string room;
  deflater_of_this_thread(deflate.window_bits).append(room, frame.payload());
  FrameBuilder builder(room.size());
  builder.payload() += room;
  room.clear();
  if (room.capacity() > kKeepCapacity) std::string().swap(room);
  return std::move(builder).finish(frame.opcode(), Compressed::yes);
}

std::expected<std::string, InflateError> inflated(std::string_view payload, std::size_t max_size) {
  thread_local Inflater inflater;
  inflater.begin();
  std::string out;
  InflateError error{};
  if (!inflater.append(out, payload, max_size, error) ||
      !inflater.append(out, kTail, max_size, error)) {
    return std::unexpected(error);
  }
  return out;
}

}  // namespace coppice::net::websocket
