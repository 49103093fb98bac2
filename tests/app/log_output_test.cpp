#include "app/log_output.hpp"

#include <array>
#include <fcntl.h>
#include <regex>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace coppice::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string say(std::uint64_t count) { return std::to_string(count) + " left out\n"; }

/// A pipe that nobody reads unless a test does.
class LogOutputTest : public testing::Test {
 protected:
  LogOutputTest() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~LogOutputTest() override {
    for (const int end : ends_) close(end);
  }
  LogOutputTest(const LogOutputTest&) = delete;
  LogOutputTest& operator=(const LogOutputTest&) = delete;

  [[nodiscard]] int writable() const { return ends_[1]; }

  /// Leaves no room in the pipe.
  void fill() const {
    fcntl(writable(), F_SETFL, O_NONBLOCK);
    const std::string much(4096, 'y');
    while (write(writable(), much.data(), much.size()) > 0) continue;
    fcntl(writable(), F_SETFL, 0);
  }

  /// How many lines a text says are missing, all in all.
  static std::uint64_t told_in(const std::string& text) {
    static const std::regex kNumber("(\\d+) left out\n");
    std::uint64_t sum = 0;
    for (std::sregex_iterator at(text.begin(), text.end(), kNumber), end; at != end; ++at) {
      sum += std::stoull((*at)[1]);
    }
    return sum;
  }

  /// Everything up to @p last, which must come.
  std::string read_to(const std::string& last) const {
    std::string text;
    std::array<char, 65536> buffer{};
    while (!text.ends_with(last)) {
      const ssize_t n = read(ends_[0], buffer.data(), buffer.size());
      if (n <= 0) return text;
      text.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return text;
  }

 private:
  std::array<int, 2> ends_{};
};

TEST_F(LogOutputTest, WritesInOrderAndAllOfItBeforeItsEnd) {
  std::string expected;
  {
    LogOutput output(writable(), say);
    for (int i = 0; i < 1000; ++i) {
      const auto line = "line " + std::to_string(i) + "\n";
      output.put(line);
      expected += line;
    }
  }
  EXPECT_EQ(read_to("line 999\n"), expected);
}

TEST_F(LogOutputTest, NeitherWaitsForAFullPipeNorHidesWhatItLost) {
  fill();
  LogOutput output(writable(), say, 10'000);
  const std::string line = std::string(99, 'x') + "\n";
  for (int i = 0; i < 2000; ++i) output.put(line);
  EXPECT_FALSE(output.flush(milliseconds(1)));
  EXPECT_GT(output.left_out(), 0U);
  std::string text;
  while (told_in(text) < output.left_out()) text += read_to(" left out\n");
  EXPECT_EQ(told_in(text), output.left_out());
  EXPECT_TRUE(output.flush(seconds(60)));
}

TEST_F(LogOutputTest, HasRoomForWhoIsPatientAsSoonAsSomebodyReads) {
  fill();
  LogOutput output(writable(), say, 1000);
  const std::string lines = std::string(99, 'x') + "\n";
  while (output.left_out() == 0) output.put(lines);
  const std::jthread reader([this] { read_to("last\n"); });
  output.put("first\nlast\n", seconds(60));
  EXPECT_TRUE(output.flush(seconds(60)));
  EXPECT_EQ(output.left_out(), 1U);
}

TEST_F(LogOutputTest, CountsEachLineOfWhatNoPatienceMadeRoomFor) {
  fill();
  LogOutput output(writable(), say, 1000);
  const std::string lines = std::string(99, 'x') + "\n";
  while (output.left_out() == 0) output.put(lines);
  const auto before = output.left_out();
  output.put("one\ntwo\nthree\n" + std::string(1000, 'x') + "\n", milliseconds(1));
  EXPECT_EQ(output.left_out(), before + 4);
}

TEST_F(LogOutputTest, EndsThoughNobodyReads) {
  LogOutput output(writable(), say);
  output.put(std::string(200'000, 'x') + "\n");
}

TEST(LogOutput, CountsWhatAFullDiskDoesNotTake) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  {
    LogOutput output(full, say);
    output.put("lost\n");
    EXPECT_TRUE(output.flush(seconds(60)));
    EXPECT_EQ(output.left_out(), 1U);
  }
  close(full);
}

}  // namespace
}  // namespace coppice::app
