#include "actors/symbolise.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

namespace coppice::actors {
namespace {

[[gnu::noinline]] const void* address_in_caller() { return __builtin_return_address(0); }

[[gnu::noinline]] const void* address_in_here() {
  const void* volatile address = address_in_caller();
  return address;
}

std::string symbolised(const void* address) { return symbolise({&address, 1}); }

/// How often this process has its own program in memory, in parts or as a whole.
std::size_t views_of_program() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) count += line.ends_with(program) ? 1 : 0;
  return count;
}

TEST(Symbolise, NamesFunctionAndLine) {
  const auto text = symbolised(address_in_here());
  EXPECT_TRUE(text.contains("address_in_here()")) << text;
  EXPECT_TRUE(text.contains("symbolise_test.cpp:")) << text;
}

TEST(Symbolise, NamesAFunctionOfC) {
  const auto* const address = reinterpret_cast<const char*>(&::getenv) + 1;
  EXPECT_TRUE(symbolised(address).contains("getenv")) << symbolised(address);
}

TEST(Symbolise, HasALineForEachFrame) {
  const void* const frames[] = {address_in_here(), nullptr, address_in_here()};
  const auto text = symbolise(frames);
  EXPECT_EQ(std::ranges::count(text, '\n'), 3);
  EXPECT_TRUE(text.contains("\n?\n")) << text;
}

TEST(Symbolise, HasNothingOfNothing) { EXPECT_EQ(symbolise({}), ""); }

TEST(Symbolise, KeepsNothingOfTheProgramsFile) {
  const auto before = views_of_program();
  ASSERT_GT(before, 0U);
  std::ignore = symbolised(address_in_here());
  EXPECT_EQ(views_of_program(), before);
}

}  // namespace
}  // namespace coppice::actors
