#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace coppice::net {

/// The content codings that we write.
enum class Coding : std::uint8_t { gzip, brotli };

/// Compresses a text piece by piece. At the levels that pay for answers made on the fly: a megabyte
/// takes some tens of milliseconds, so large texts must not be fed at once on a shard.
class Compressor {
 public:
  [[nodiscard]] static std::unique_ptr<Compressor> make(Coding coding);

  Compressor() = default;
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
  virtual ~Compressor() = default;

  enum class Then : std::uint8_t {
    go_on,   ///< What comes out may wait for more to go in.
    flush,   ///< All that went in can be read by the other side.
    finish,  ///< The text ends.
  };

  /// What comes out for @p piece; may be nothing.
  [[nodiscard]] virtual std::string feed(std::string_view piece, Then then) = 0;
};

/// The whole text at once.
[[nodiscard]] std::string compress(Coding coding, std::string_view text);

}  // namespace coppice::net
