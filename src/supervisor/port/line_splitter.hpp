#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace coppice::supervisor::port {

/// Cuts a stream of bytes into lines, whatever the bytes are. A line that is too long keeps its
/// beginning, and says that it was cut.
///
/// Thread: one at a time.
class LineSplitter {
 public:
  using Sink = std::function<void(std::string_view)>;

  /// @param most_bytes  Of a line, without what says that it was cut.
  /// @param sink        Gets each line without its end; the text lives for the call only.
  LineSplitter(std::size_t most_bytes, Sink sink);

  void take(std::string_view bytes);

  /// The stream has ended: what came since the last end of a line is a line as well.
  void finish();

 private:
  void add(std::string_view part);
  void emit();

  const std::size_t most_bytes_;
  const Sink sink_;
  std::string line_;
  bool cut_ = false;
};

}  // namespace coppice::supervisor::port
