#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What the fuzz targets share. A target is one file: a function that takes any bytes, uses the
/// code under test as its callers do, and says with expect() what must hold whatever comes in.
///
/// It runs in two programs: libFuzzer's, which looks for input that breaks it (`./dev fuzz`), and
/// fuzz_tests, which tries what is in its corpus with every run of the tests.
namespace coppice::fuzz {

struct Target {
  std::string_view name;  ///< Of its file, and of its folder in corpus/.
  void (*run)(std::string_view input);
};

/// Those that the program has.
[[nodiscard]] std::vector<Target>& targets();

/// `const Registration kRegistration("url", run);` in a target's file.
struct Registration {
  Registration(std::string_view name, void (*run)(std::string_view input)) {
    targets().push_back({name, run});
  }
};

/// Throws std::logic_error unless it holds: a finding. @param what  In words.
void expect(bool holds, std::string_view what);

/// Takes the first line off the input, without its end: for targets of more than one text.
[[nodiscard]] std::string_view take_line(std::string_view& input);

/// Bytes as a connection may deliver them.
using Pieces = std::vector<std::string>;

/// Calls @p use with the whole, with single bytes, and with pieces of several sizes, which depend
/// on nothing but the input.
void for_each_cut(std::string_view input, const std::function<void(const Pieces&)>& use);

}  // namespace coppice::fuzz
