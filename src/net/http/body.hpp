#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "net/http/file.hpp"
#include "net/io.hpp"

namespace coppice::net::http {

/// Where a stream's producer puts its bytes.
///
/// Thread: the connection's shard.
class BodyWriter {
 public:
  BodyWriter() = default;
  BodyWriter(const BodyWriter&) = delete;
  BodyWriter& operator=(const BodyWriter&) = delete;
  virtual ~BodyWriter() = default;

  /// Sends a piece and resumes once the connection has taken it, so that a producer is never faster
  /// than its client. False if the client has gone or reads too slowly: the producer then ends.
  [[nodiscard]] virtual Awaitable<bool> write(std::string piece) = 0;

  /// Whether the server is stopping. A producer without an end of its own then makes one and says
  /// true, so that its client has a whole answer and asks another server; who goes on is cut at the
  /// server's deadline.
  [[nodiscard]] virtual bool draining() const noexcept = 0;

  /// For a producer that waits for something else than a client: calls @p wake once when the server
  /// begins to drain, at once if it does already, and not after the producer's end. In place of an
  /// earlier one; null for none. @p wake must not throw; it cancels a timer or posts, and resumes
  /// nobody itself.
  virtual void when_draining(std::function<void()> wake) = 0;
};

/// Makes a body piece by piece. False says that it is not whole: the connection is then cut, since
/// there is no other way to tell the client.
using BodyProducer = std::function<Awaitable<bool>(std::shared_ptr<BodyWriter>)>;

/// Bytes that many responses share.
using SharedBytes = std::shared_ptr<const std::string>;

/// A part of a file; read while it is sent.
struct FileSlice {
  static constexpr std::size_t kPiece = std::size_t{64} * 1024;  ///< As much is read at once.

  std::shared_ptr<const File> file;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// Of unknown length: chunked in HTTP/1.1, ended by the connection's end in HTTP/1.0.
struct BodyStream {
  BodyProducer produce;
};

/// What a response carries: bytes of its own, bytes that it shares with others (nothing is copied),
/// a part of a file, or a stream.
class Body {
 public:
  using Source = std::variant<std::string, SharedBytes, FileSlice, BodyStream>;

  Body() = default;
  // NOLINTBEGIN(google-explicit-constructor): a body is any of these
  Body(std::string bytes) : source_(std::move(bytes)) {}
  Body(const char* text) : source_(std::string(text)) {}
  Body(SharedBytes bytes) : source_(std::move(bytes)) {}
  Body(FileSlice slice) : source_(std::move(slice)) {}
  Body(BodyStream stream) : source_(std::move(stream)) {}
  // NOLINTEND(google-explicit-constructor)

  /// In bytes; nothing if that is not known before the end.
  [[nodiscard]] std::optional<std::uint64_t> size() const noexcept;
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

  /// Whether it is in memory as a whole, for bytes().
  [[nodiscard]] bool has_bytes() const noexcept { return source_.index() < 2; }

  /// The whole of it if it is in memory; else nothing. A view of this object or of what it shares.
  [[nodiscard]] std::string_view bytes() const noexcept;

  /// Its bytes for sharing, without a copy. @pre has_bytes()
  [[nodiscard]] SharedBytes share() &&;

  [[nodiscard]] const Source& source() const noexcept { return source_; }

  friend bool operator==(const Body& body, std::string_view text) noexcept {
    return body.has_bytes() && body.bytes() == text;
  }

 private:
  Source source_;
};

}  // namespace coppice::net::http
