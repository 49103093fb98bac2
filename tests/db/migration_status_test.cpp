#include "db/migration_status.hpp"

#include <algorithm>

#include "db/database_fixture.hpp"
#include "db/migration_records.hpp"

namespace coppice::db {
namespace {

const std::string kText = "CREATE TABLE t (x)";

Migrations set_of_two() {
  return must(Migrations::from_files(
      {{"20250101000000_a.up.sql", kText}, {"20250103000000_b.up.sql", kText}}));
}

struct StateCase {
  std::string name;
  std::int64_t version;
  std::optional<MigrationRecord::Own> own;
  MigrationState state;
  bool edited;
  std::string label;
};

class MigrationStates : public testing::TestWithParam<StateCase> {};

TEST_P(MigrationStates, ComeFromTheSetAndFromWhoRanIt) {
  const auto& expected = GetParam();
  const std::vector<MigrationRecord> records{
      {expected.version, "2025-06-01T10:00:00", expected.own}};
  const auto status = set_of_two().status(records);
  const auto entry = std::ranges::find(status.entries, expected.version, &MigrationEntry::version);
  ASSERT_NE(entry, status.entries.end());
  EXPECT_EQ(entry->state, expected.state);
  EXPECT_EQ(entry->edited, expected.edited);
  EXPECT_EQ(entry->by_coppice, expected.own.has_value());
  EXPECT_EQ(entry->label, expected.label);
  EXPECT_EQ(entry->recorded_at, "2025-06-01T10:00:00");
  EXPECT_TRUE(std::ranges::is_sorted(status.entries, {}, &MigrationEntry::version));
}

INSTANTIATE_TEST_SUITE_P(
    Records, MigrationStates,
    testing::Values(StateCase{"Ours", 20250101000000,
                              MigrationRecord::Own{"a", migration_checksum(kText)},
                              MigrationState::applied, false, "a"},
                    StateCase{"OursButEdited", 20250101000000, MigrationRecord::Own{"a", "other"},
                              MigrationState::applied, true, "a"},
                    StateCase{"OursButRunByEcto", 20250101000000, std::nullopt,
                              MigrationState::applied, false, "a"},
                    StateCase{"OfALaterRelease", 20260101000000, MigrationRecord::Own{"c", "other"},
                              MigrationState::newer, false, "c"},
                    StateCase{"OfALaterReleaseInBetween", 20250102000000,
                              MigrationRecord::Own{"c", "other"}, MigrationState::newer, false,
                              "c"},
                    StateCase{"AnotherApplicationsLater", 20260101000000, std::nullopt,
                              MigrationState::foreign, false, ""},
                    StateCase{"AnotherApplicationsEarlier", 20240101000000, std::nullopt,
                              MigrationState::foreign, false, ""}),
    [](const auto& info) { return info.param.name; });

TEST(MigrationWarnings, AreAboutEditedAndNewerOnes) {
  const std::vector<MigrationRecord> records{
      {20240101000000, "", std::nullopt},
      {20250101000000, "", MigrationRecord::Own{"a", "other"}},
      {20260101000000, "", MigrationRecord::Own{"c", "other"}}};
  const auto warnings = set_of_two().status(records).warnings();
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_TRUE(warnings[0].starts_with("migration 20250101000000_a was edited")) << warnings[0];
  EXPECT_TRUE(warnings[1].starts_with("migration 20260101000000_c is of a later release"))
      << warnings[1];
}

}  // namespace
}  // namespace coppice::db
