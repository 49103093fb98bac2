// The end of an access log whose lines nobody takes.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

#include "app/http/access_log.hpp"
#include "app/log_output.hpp"

namespace coppice::app::http {
namespace {

/// A pipe that is full, which nobody reads unless a test does.
class AccessLogEnd : public testing::Test {
 protected:
  AccessLogEnd() {
    EXPECT_EQ(pipe(ends_.data()), 0);
    fcntl(ends_[1], F_SETFL, O_NONBLOCK);
    const std::string much(4096, 'y');
    while (write(ends_[1], much.data(), much.size()) > 0) continue;
    fcntl(ends_[1], F_SETFL, 0);
  }
  ~AccessLogEnd() override {
    close_writing();
    close(ends_[0]);
  }
  AccessLogEnd(const AccessLogEnd&) = delete;
  AccessLogEnd& operator=(const AccessLogEnd&) = delete;

  [[nodiscard]] int writable() const { return ends_[1]; }

  void close_writing() {
    if (const int end = std::exchange(ends_[1], -1); end >= 0) close(end);
  }

  /// How many lines come until writing is over.
  [[nodiscard]] std::uint64_t count_lines() const {
    std::uint64_t lines = 0;
    std::array<char, 65536> buffer{};
    for (;;) {
      const ssize_t size = read(ends_[0], buffer.data(), buffer.size());
      if (size <= 0) return lines;
      lines += static_cast<std::uint64_t>(std::count(buffer.begin(), buffer.begin() + size, '\n'));
    }
  }

 private:
  std::array<int, 2> ends_{};
};

TEST_F(AccessLogEnd, ComesThoughNobodyReadsAndCountsTheLinesThatAreLost) {
  constexpr std::uint64_t kRequests = 5000;
  constexpr std::size_t kMostBytes = 100'000;  // some lines wait, most of them have no room
  std::optional<LogOutput> output(
      std::in_place, writable(), [](std::uint64_t /*count*/) { return std::string(); }, kMostBytes);
  {
    AccessLog log({},
                  {.put = [&](const std::string& lines,
                              std::chrono::milliseconds patience) { output->put(lines, patience); },
                   .leave_out = [&](std::uint64_t count) { output->leave_out(count); },
                   .holders = output->holders()});
    net::http::Request request;
    request.target = "/" + std::string(100, 'x');
    for (std::uint64_t i = 0; i < kRequests; ++i) {
      log.add(request, {.status = net::http::Status::ok, .body_bytes = 1, .duration = {}});
    }
  }
  const auto lost = output->left_out();
  EXPECT_GT(lost, 0U);
  std::uint64_t written = 0;
  {
    const std::jthread reader([&] { written = count_lines(); });
    EXPECT_TRUE(output->flush(std::chrono::seconds(60)));
    EXPECT_EQ(output->left_out(), lost);
    output.reset();
    close_writing();
  }
  EXPECT_GT(written, 0U);
  EXPECT_EQ(written + lost, kRequests);
}

}  // namespace
}  // namespace coppice::app::http
