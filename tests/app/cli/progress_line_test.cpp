#include "app/cli/progress_line.hpp"

#include <array>
#include <unistd.h>

#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

class ProgressLineTest : public testing::Test {
 protected:
  ProgressLineTest() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~ProgressLineTest() override {
    for (const int end : ends_) close(end);
  }
  ProgressLineTest(const ProgressLineTest&) = delete;
  ProgressLineTest& operator=(const ProgressLineTest&) = delete;

  [[nodiscard]] int writable() const { return ends_[1]; }

  /// Everything up to @p last, which must come.
  std::string read_to(const std::string& last) const {
    std::string text;
    std::array<char, 256> buffer{};
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

TEST_F(ProgressLineTest, IsWrittenOverAndGoneAtTheEnd) {
  {
    ProgressLine line{std::optional(writable())};
    line.say("copying");
    EXPECT_NE(read_to(" s)").find("\r\x1b[Kcopying ("), std::string::npos);
    line.say("uploading");
    EXPECT_NE(read_to(" s)").find("\r\x1b[Kuploading ("), std::string::npos);
  }
  EXPECT_TRUE(read_to("\x1b[K").ends_with("\r\x1b[K"));
}

TEST_F(ProgressLineTest, ShowsHowAPhaseComesOn) {
  ProgressLine line{std::optional(writable())};
  const auto report = line.report();
  report({.phase = "importing", .done = 1, .total = 4, .unit = "files"});
  EXPECT_NE(read_to(" s)").find("importing: 25 %, 1 of 4 files ("), std::string::npos);
  report({.phase = "importing", .done = 2, .total = 4, .unit = "files"});
  std::string text;
  while (text.find("importing: 50 %, 2 of 4 files (") == std::string::npos) {
    const auto more = read_to(" s)");
    ASSERT_FALSE(more.empty());
    text += more;
  }
}

TEST_F(ProgressLineTest, IsAwayUntilSomethingIsSaidAgain) {
  ProgressLine line{std::optional(writable())};
  line.say("applying");
  EXPECT_NE(read_to(" s)").find("applying ("), std::string::npos);
  line.hide();
  EXPECT_TRUE(read_to("\x1b[K").ends_with("\r\x1b[K"));
  line.say("applying");
  EXPECT_NE(read_to(" s)").find("applying ("), std::string::npos);
}

TEST(ProgressLineText, SaysHowLongThePhaseStillTakes) {
  using std::chrono::seconds;
  const db::Progress progress{"copying", 1U << 20U, 4U << 20U, db::kBytes};
  EXPECT_EQ(progress_line_text(progress, seconds(10), seconds(12)),
            "copying: 25 %, 1.0 of 4.0 MiB, about 30 s left of this (12 s)");
  EXPECT_EQ(progress_line_text(progress, seconds(1), seconds(3)),
            "copying: 25 %, 1.0 of 4.0 MiB (3 s)");
  EXPECT_EQ(progress_line_text({.phase = "checking"}, seconds(10), seconds(200)),
            "checking (3 min 20 s)");
}

TEST(ProgressLine, IsNotThereForPrograms) {
  ProgressLine line(false);
  line.say("copying");
}

}  // namespace
}  // namespace coppice::app::cli
