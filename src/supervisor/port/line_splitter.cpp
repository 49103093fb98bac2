#include "supervisor/port/line_splitter.hpp"

#include <utility>

#include <fmt/format.h>

namespace coppice::supervisor::port {

LineSplitter::LineSplitter(std::size_t most_bytes, Sink sink)
    : most_bytes_(most_bytes), sink_(std::move(sink)) {}

void LineSplitter::take(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    add(bytes.substr(0, end));
    if (end == std::string_view::npos) return;
    emit();
    bytes.remove_prefix(end + 1);
  }
}

void LineSplitter::finish() {
  if (!line_.empty()) emit();
}

void LineSplitter::add(std::string_view part) {
  const auto room = most_bytes_ - line_.size();
  cut_ = cut_ || part.size() > room;
  line_.append(part.substr(0, room));
}

// The sink may throw, and the next line must not begin with this one.
void LineSplitter::emit() {
  auto line = std::exchange(line_, {});
  if (std::exchange(cut_, false)) line += fmt::format(" … (cut after {} bytes)", most_bytes_);
  if (sink_) sink_(line);
}

}  // namespace coppice::supervisor::port
