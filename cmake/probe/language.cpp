// Compiles only where the parts of C++23 that Coppice uses are present.
#include <coroutine>
#include <expected>
#include <source_location>
#include <string>

std::expected<int, std::string> half(int value) {
  if (value % 2 != 0) {
    return std::unexpected(std::string("odd"));
  }
  return value / 2;
}

int main() {
  const std::coroutine_handle<> none;
  return half(0).value_or(1) + (none ? 1 : 0) +
         static_cast<int>(std::source_location::current().line() == 0);
}
