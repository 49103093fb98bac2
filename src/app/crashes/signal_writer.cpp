#include "app/crashes/signal_writer.hpp"

#include <algorithm>
#include <charconv>
#include <climits>
#include <ctime>
#include <fcntl.h>
#include <span>
#include <unistd.h>

namespace coppice::app::crashes {
namespace {

constexpr mode_t kOwnersOnly = 0600;

/// A path that is put together without an allocation; one that is too long is empty.
class Path {
 public:
  Path& add(std::string_view part) noexcept {
    fits_ = fits_ && used_ + part.size() < bytes_.size();
    if (!fits_) return *this;
    std::ranges::copy(part, bytes_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ += part.size();
    return *this;
  }
  Path& add(std::uint64_t value) noexcept {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return add(std::string_view(digits.data(), end));
  }
  [[nodiscard]] const char* text() const noexcept { return fits_ ? bytes_.data() : ""; }

 private:
  std::array<char, PATH_MAX> bytes_{};
  std::size_t used_ = 0;
  bool fits_ = true;
};

}  // namespace

SignalWriter::SignalWriter(std::string_view path_prefix) noexcept {
  constexpr std::uint64_t kNanoseconds = 1'000'000'000;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  Path path;
  path.add(path_prefix).add(static_cast<std::uint64_t>(getpid())).add("-");
  path.add(static_cast<std::uint64_t>(now.tv_sec) * kNanoseconds +
           static_cast<std::uint64_t>(now.tv_nsec));
  path.add(".crash");
  // Nobody else's file is written to, whatever somebody has put into the folder.
  file_ = open(path.text(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnersOnly);
}

SignalWriter::~SignalWriter() {
  flush();
  if (file_ >= 0) close(file_);
}

SignalWriter& SignalWriter::text(std::string_view text) noexcept {
  while (!text.empty()) {
    if (used_ == buffer_.size()) flush();
    const auto size = std::min(text.size(), buffer_.size() - used_);
    std::ranges::copy(text.substr(0, size), buffer_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ += size;
    text.remove_prefix(size);
  }
  return *this;
}

SignalWriter& SignalWriter::number(std::uint64_t value) noexcept {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return text(std::string_view(digits.data(), end));
}

SignalWriter& SignalWriter::hex(std::uint64_t value) noexcept {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return text("0x").text(std::string_view(digits.data(), end));
}

void SignalWriter::flush() noexcept {
  std::span<const char> left(buffer_.data(), used_);
  used_ = 0;
  while (file_ >= 0 && !left.empty()) {
    const auto written = write(file_, left.data(), left.size());
    if (written <= 0) return;  // a full disk: what has been written stays
    left = left.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace coppice::app::crashes
