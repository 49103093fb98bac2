#include "db/migration_plan.hpp"

#include <sstream>

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

// Four migrations; 30 has no down file. Versions are short here for the tables' sake.
Migrations four() {
  std::vector<MigrationFile> files;
  for (const int version : {10, 20, 30, 40}) {
    const auto stem = "000000000000" + std::to_string(version) + "_m";
    files.push_back({stem + ".up.sql", ""});
    if (version != 30) files.push_back({stem + ".down.sql", ""});
  }
  return must(Migrations::from_files(std::move(files)));
}

/// "10 20e 99c" are records: of Coppice, or with an e of Ecto's.
std::vector<MigrationRecord> records(const std::string& text) {
  std::vector<MigrationRecord> records;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    MigrationRecord record{.version = std::stoi(word)};
    if (!word.ends_with('e')) record.own = MigrationRecord::Own{"m", ""};
    records.push_back(std::move(record));
  }
  return records;
}

/// "-20 +20", or the name of the error.
std::string print(const actors::Result<MigrationPlan>& plan) {
  if (!plan) return std::string(actors::to_string(plan.error().code));
  std::string text;
  for (const auto& step : *plan) {
    text += text.empty() ? "" : " ";
    text += (step.direction == MigrationDirection::up ? "+" : "-") + std::to_string(step.version);
  }
  return text;
}

struct Case {
  std::string recorded;
  std::size_t steps;     // for down
  std::int64_t version;  // for to
  std::string up, down, redo, to;
};

class MigrationPlans : public testing::TestWithParam<Case> {};

TEST_P(MigrationPlans, LeadFromWhatIsRecordedToWhatIsAskedFor) {
  const auto& [recorded, steps, version, up, down, redo, to] = GetParam();
  const auto migrations = four();
  const auto status = migrations.status(records(recorded));
  EXPECT_EQ(print(plan_up(status)), up);
  EXPECT_EQ(print(plan_down(migrations, status, steps)), down);
  EXPECT_EQ(print(plan_redo(migrations, status)), redo);
  EXPECT_EQ(print(plan_to(migrations, status, version)), to);
}

INSTANTIATE_TEST_SUITE_P(
    Tables, MigrationPlans,
    testing::Values(Case{"", 1, 20, "+10 +20 +30 +40", "not_found", "not_found", "+10 +20"},
                    Case{"", 1, 0, "+10 +20 +30 +40", "not_found", "not_found", ""},
                    Case{"10 20", 1, 0, "+30 +40", "-20", "-20 +20", "-20 -10"},
                    Case{"10 20", 2, 10, "+30 +40", "-20 -10", "-20 +20", "-20"},
                    Case{"10 20", 9, 20, "+30 +40", "-20 -10", "-20 +20", ""},
                    Case{"10 20", 1, 25, "+30 +40", "-20", "-20 +20", "not_found"},
                    // A gap is closed on the way.
                    Case{"10 40", 1, 20, "+20 +30", "-40", "-40 +40", "-40 +20"},
                    // 30 can't be undone.
                    Case{"10 20 30 40", 1, 30, "", "-40", "-40 +40", "-40"},
                    Case{"10 20 30 40", 2, 20, "", "not_found", "-40 +40", "not_found"},
                    // What Ecto ran stays.
                    Case{"10e 20e", 1, 20, "+30 +40", "not_found", "not_found", ""},
                    Case{"10e 20", 2, 10, "+30 +40", "-20", "-20 +20", "-20"},
                    Case{"10 20e", 1, 10, "+30 +40", "-10", "-10 +10", "forbidden"},
                    // Nor is anything undone that isn't of the set.
                    Case{"10 99e", 2, 0, "+20 +30 +40", "-10", "-10 +10", "-10"},
                    Case{"10 99", 2, 0, "+20 +30 +40", "-10", "-10 +10", "-10"}));

}  // namespace
}  // namespace coppice::db
