#pragma once

#include <algorithm>
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

/// Some of a body's bytes: where they begin and how many they are.
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// Gets the bytes of an extent, all of them. Nothing if they can't be had any more: the connection
/// is then cut, as for a BodyProducer. One at a time, on the connection's shard.
using FetchBytes = std::function<Awaitable<std::optional<std::string>>(Extent)>;

/// A part of bytes that are somewhere else, a database for one, and of which the size is known;
/// fetched while it is sent, so that a connection holds one piece of it, however slow its client.
struct FetchedSlice {
  static constexpr std::uint64_t kPiece = std::uint64_t{256} * 1024;  ///< The most at once.

  std::shared_ptr<const FetchBytes> fetch;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  /// All of @p size bytes.
  [[nodiscard]] static FetchedSlice whole(FetchBytes fetch, std::uint64_t size) {
    return {std::make_shared<const FetchBytes>(std::move(fetch)), 0, size};
  }

  /// What is to be fetched next.
  [[nodiscard]] Extent next() const noexcept { return {offset, std::min(size, kPiece)}; }

  /// Goes on behind what has been fetched of next(). False if that is not all of it.
  [[nodiscard]] bool pass(const std::optional<std::string>& piece) noexcept;
};

/// Of unknown length: chunked in HTTP/1.1, ended by the connection's end in HTTP/1.0.
struct BodyStream {
  BodyProducer produce;
};

/// What a response carries: bytes of its own, bytes that it shares with others (nothing is copied),
/// a part of a file or of bytes that are fetched, or a stream.
class Body {
 public:
  using Source = std::variant<std::string, SharedBytes, FileSlice, FetchedSlice, BodyStream>;

  Body() = default;
  // NOLINTBEGIN(google-explicit-constructor): a body is any of these
  Body(std::string bytes) : source_(std::move(bytes)) {}
  Body(const char* text) : source_(std::string(text)) {}
  Body(SharedBytes bytes) : source_(std::move(bytes)) {}
  Body(FileSlice slice) : source_(std::move(slice)) {}
  Body(FetchedSlice slice) : source_(std::move(slice)) {}
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
