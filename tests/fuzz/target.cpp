#include "fuzz/target.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <stdexcept>

namespace coppice::fuzz {
namespace {

Pieces cut(std::string_view bytes, const std::function<std::size_t()>& next_size) {
  Pieces pieces;
  while (!bytes.empty()) {
    const auto size = std::min(bytes.size(), next_size());
    pieces.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return pieces;
}

}  // namespace

std::vector<Target>& targets() {
  static std::vector<Target> all;
  return all;
}

void expect(bool holds, std::string_view what) {
  if (!holds) throw std::logic_error(std::string(what));
}

std::string_view take_line(std::string_view& input) {
  const auto end = std::min(input.find('\n'), input.size());
  const auto line = input.substr(0, end);
  input.remove_prefix(std::min(end + 1, input.size()));
  return line;
}

void for_each_cut(std::string_view input, const std::function<void(const Pieces&)>& use) {
  use({std::string(input)});
  use(cut(input, [] { return std::size_t{1}; }));
  std::mt19937_64 random(std::hash<std::string_view>()(input));
  for (const std::size_t longest : std::to_array<std::size_t>({3, 20, 200})) {
    use(cut(input, [&] { return 1 + random() % longest; }));
  }
}

}  // namespace coppice::fuzz
