#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace coppice::net::http {

/// Reads a chunked body by the grammar of RFC 9112 and nothing beside it: what one program takes
/// for the end of a chunk and another doesn't is how requests are smuggled. Extensions and trailers
/// are checked and forgotten.
class ChunkedBody {
 public:
  enum class Progress : std::uint8_t {
    need_more,
    complete,
    malformed,  ///< As soon as it is clear, without waiting for the end of the line.
    too_large,
  };
  struct Step {
    Progress progress;
    std::size_t consumed;  ///< Bytes at the front of the input that are done with.
  };

  /// @param max_trailer_bytes  Of all trailers together.
  explicit ChunkedBody(std::size_t max_trailer_bytes) : max_trailer_bytes_(max_trailer_bytes) {}

  /// How large the body may get.
  void limit(std::size_t most) noexcept { most_ = most; }

  /// Appends to @p body what has come of it. Presented with what has been received and not
  /// consumed.
  [[nodiscard]] Step advance(std::string_view input, std::string& body);

 private:
  enum class Part : std::uint8_t { size, data, data_end, trailer };

  Step take(std::string_view input, std::string& body);
  Step take_size(std::string_view input, std::size_t body_size);
  Step take_data(std::string_view input, std::string& body);
  Step take_data_end(std::string_view input);
  Step take_trailer(std::string_view input);

  const std::size_t max_trailer_bytes_;
  std::size_t most_ = std::numeric_limits<std::size_t>::max();
  Part part_ = Part::size;
  std::uint64_t left_ = 0;  // of the chunk
  std::size_t trailer_bytes_ = 0;
};

}  // namespace coppice::net::http
