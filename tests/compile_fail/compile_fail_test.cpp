#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace coppice {
namespace {

/// What the compiler says to a snippet whose errors are written beside the lines that cause them.
/// Empty if it gives exactly those.
std::string verify(const std::string& file) {
  const std::string source = COPPICE_SOURCE_DIR;
  const std::string command =
      std::string(COPPICE_COMPILER) + " -std=c++23 -fsyntax-only -ferror-limit=0 -I" + source +
      "/src -DBOOST_ASIO_SEPARATE_COMPILATION -DBOOST_ASIO_NO_DEPRECATED -Werror=unused-result" +
      " -Xclang -verify -Xclang -verify-ignore-unexpected=note " + source + "/tests/compile_fail/" +
      file + " 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.c_str(), "r"), pclose);
  if (!output) return "can't run " + command;
  std::string text;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), output.get()) != nullptr) text += buffer.data();
  return text;
}

TEST(CompileFail, TypesRefuseWhatAnActorCanNotDo) { EXPECT_EQ(verify("actors.cpp"), ""); }

}  // namespace
}  // namespace coppice
