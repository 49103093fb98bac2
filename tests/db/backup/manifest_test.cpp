#include "db/backup/manifest.hpp"

#include <gtest/gtest.h>

#include "db/backup/backup_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

BackupManifest example() {
  return {.created_at = at(),
          .version = "1.2.3",
          .database = "app.db",
          .position = {1765357200, 42},
          .schema_version = 20260105080200,
          .page_size = 4096,
          .database_bytes = 8192,
          .archive_bytes = 2000,
          .sha256 = "ab"};
}

TEST(BackupManifest, IsReadAsItWasWritten) {
  EXPECT_EQ(must(parse_manifest(to_json(example()))), example());
}

TEST(BackupManifest, SaysItsTimeForPeople) {
  EXPECT_NE(to_json(example()).find(R"("created_at":"2026-01-01T00:00:00Z")"), std::string::npos);
}

TEST(BackupManifest, AllowsBlanksAfterIt) {
  EXPECT_TRUE(parse_manifest(to_json(example()) + "   \n"));
}

struct BadManifest {
  std::string json;
  Errc code;
  std::string message;
};

class BadManifests : public testing::TestWithParam<BadManifest> {};

TEST_P(BadManifests, AreRefusedWithWhatIsWrong) {
  const auto& [json, code, message] = GetParam();
  const auto parsed = parse_manifest(json);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error(), code);
  EXPECT_NE(parsed.error().context.find(message), std::string::npos) << parsed.error().context;
}

std::string with(std::string_view what, std::string_view instead) {
  auto json = to_json(example());
  return json.replace(json.find(what), what.size(), instead);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, BadManifests,
    testing::Values(BadManifest{"{", Errc::malformed, "no JSON object"},
                    BadManifest{"[]", Errc::malformed, "no JSON object"},
                    BadManifest{"{}", Errc::malformed, "format"},
                    BadManifest{with("\"format\":1", "\"format\":2"), Errc::unsupported, "format"},
                    BadManifest{with("\"epoch\"", "\"epos\""), Errc::malformed, "epoch"},
                    BadManifest{with("8192", "-1"), Errc::malformed, "database_bytes"},
                    BadManifest{with("2026-01-01T00", "today"), Errc::malformed, "created_at"}));

}  // namespace
}  // namespace coppice::db
