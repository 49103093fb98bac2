#include "supervisor/port/command.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace coppice::supervisor::port {
namespace {

using actors::Errc;

std::size_t count(const std::vector<std::string>& environment, std::string_view beginning) {
  return static_cast<std::size_t>(std::ranges::count_if(
      environment, [&](const std::string& each) { return each.starts_with(beginning); }));
}

TEST(PortCommand, FindsAProgramInPath) {
  const auto program = find_program({.argv = {"sh"}});
  ASSERT_TRUE(program);
  EXPECT_TRUE(program->is_absolute());
  EXPECT_EQ(program->filename(), "sh");
}

TEST(PortCommand, TakesAProgramWithASlashAsItIs) {
  EXPECT_EQ(find_program({.argv = {"/no/such/program"}}),
            std::filesystem::path("/no/such/program"));
}

TEST(PortCommand, TellsWhichProgramIsNotInPath) {
  const auto program = find_program({.argv = {"no-such-program"}});
  ASSERT_EQ(program.error(), Errc::not_found);
  EXPECT_EQ(program.error().context, "no-such-program is not in PATH");
  EXPECT_EQ(find_program({}).error(), Errc::invalid_argument);
}

TEST(PortCommand, PutsItsOwnVariablesInPlaceOfOurs) {
  const auto environment = environment_of({.environment = {"PATH=/here", "NEW=1"}});
  ASSERT_TRUE(environment);
  EXPECT_EQ(count(*environment, "PATH="), 1U);
  EXPECT_EQ(count(*environment, "PATH=/here"), 1U);
  EXPECT_EQ(count(*environment, "NEW=1"), 1U);
}

TEST(PortCommand, MayDoWithoutOurEnvironment) {
  const Command command{.environment = {"ONLY=1"}, .inherits_environment = false};
  EXPECT_EQ(environment_of(command), std::vector<std::string>{"ONLY=1"});
}

TEST(PortCommand, RefusesAVariableWithoutAName) {
  EXPECT_EQ(environment_of({.environment = {"=1"}}).error(), Errc::invalid_argument);
  EXPECT_EQ(environment_of({.environment = {"NAME"}}).error(), Errc::invalid_argument);
}

TEST(PortCommand, IsCalledByTheNameOfItsProgram) {
  EXPECT_EQ((Command{.argv = {"/usr/bin/nats-server", "-c"}}.name()), "nats-server");
}

}  // namespace
}  // namespace coppice::supervisor::port
