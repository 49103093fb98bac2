#include "app/colours.hpp"

#include <array>
#include <cstdlib>
#include <optional>
#include <pty.h>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

namespace coppice::app {
namespace {

constexpr const char* kVariable = "NO_COLOR";

class ColoursTest : public testing::Test {
 protected:
  ColoursTest() {
    if (const char* value = std::getenv(kVariable)) before_ = value;
    EXPECT_EQ(openpty(&terminal_[0], &terminal_[1], nullptr, nullptr, nullptr), 0);
    EXPECT_EQ(pipe(pipe_.data()), 0);
  }

  ~ColoursTest() override {
    for (const int descriptor : terminal_) close(descriptor);
    for (const int descriptor : pipe_) close(descriptor);
    say(before_ ? before_->c_str() : nullptr);
  }

  /// Sets NO_COLOR; null for a variable that is not set.
  static void say(const char* value) {
    if (value == nullptr) {
      unsetenv(kVariable);
    } else {
      setenv(kVariable, value, 1);
    }
  }

  std::array<int, 2> terminal_{-1, -1};
  std::array<int, 2> pipe_{-1, -1};

 private:
  std::optional<std::string> before_;
};

TEST_F(ColoursTest, AreForTerminals) {
  say(nullptr);
  EXPECT_TRUE(takes_colours(terminal_[1]));
  EXPECT_FALSE(takes_colours(pipe_[1]));
}

TEST_F(ColoursTest, AreLeftOutIfTheEnvironmentWantsNone) {
  for (const auto* value : {"1", "0", "no"}) {
    say(value);
    EXPECT_FALSE(takes_colours(terminal_[1])) << value;
  }
}

TEST_F(ColoursTest, StayWithAVariableThatIsEmpty) {
  say("");
  EXPECT_TRUE(takes_colours(terminal_[1]));
}

}  // namespace
}  // namespace coppice::app
