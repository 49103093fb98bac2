#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/target.hpp"

namespace coppice::fuzz {
namespace {

namespace fs = std::filesystem;

fs::path corpus() { return fs::path(COPPICE_SOURCE_DIR) / "tests/fuzz/corpus"; }

struct Case {
  Target target;
  fs::path file;
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.file; }

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& target : targets()) {
    for (const auto& entry : fs::directory_iterator(corpus() / target.name)) {
      all.push_back({target, entry.path()});
    }
  }
  std::ranges::sort(all, {}, &Case::file);
  return all;
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  auto name = std::string(info.param.target.name) + "_" + info.param.file.filename().string();
  std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class FuzzCorpus : public ::testing::TestWithParam<Case> {};

TEST_P(FuzzCorpus, BreaksNothing) { GetParam().target.run(content_of(GetParam().file)); }

INSTANTIATE_TEST_SUITE_P(Corpus, FuzzCorpus, ::testing::ValuesIn(cases()), name_of);

TEST(FuzzTargets, HaveAFolderEachAndEachFolderHasATarget) {
  std::set<std::string> named;
  for (const auto& target : targets()) named.insert(std::string(target.name));
  std::set<std::string> folders;
  for (const auto& entry : fs::directory_iterator(corpus())) {
    folders.insert(entry.path().filename().string());
  }
  EXPECT_EQ(named, folders);
  EXPECT_EQ(named.size(), targets().size());
}

TEST(FuzzTargets, FailOverWhatDoesNotHold) {
  EXPECT_NO_THROW(expect(true, "it holds"));
  EXPECT_THROW(expect(false, "it doesn't"), std::logic_error);
}

TEST(FuzzTargets, CutTheirInputInSeveralWaysAndLoseNothingOfIt) {
  std::vector<std::size_t> counts;
  for_each_cut("abcdefghij", [&](const Pieces& pieces) {
    std::string whole;
    for (const auto& piece : pieces) whole += piece;
    EXPECT_EQ(whole, "abcdefghij");
    counts.push_back(pieces.size());
  });
  EXPECT_EQ(counts.size(), 5U);
  EXPECT_EQ(counts[0], 1U);
  EXPECT_EQ(counts[1], 10U);
  EXPECT_GT(counts[2], 3U);
}

}  // namespace
}  // namespace coppice::fuzz
