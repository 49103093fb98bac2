#include "app/content/date_time.hpp"

#include <gtest/gtest.h>

namespace coppice::app::content {
namespace {

TEST(DateTime, ReadsEveryFormThatAuthorsWrite) {
  const std::pair<const char*, const char*> forms[] = {
      {"2025-12-30 15:16:00Z", "2025-12-30T15:16:00"},
      {"2025-12-30T15:16:00Z", "2025-12-30T15:16:00"},
      {"2025-12-30T15:16:00", "2025-12-30T15:16:00"},
      {"2025-12-30T15:16:00.123456Z", "2025-12-30T15:16:00"},
      {"2025-12-30T15:16", "2025-12-30T15:16:00"},
      {"2025-12-30", "2025-12-30T00:00:00"},
      {"2024-02-29", "2024-02-29T00:00:00"},
      {"2025-12-31T23:30:00-01:00", "2026-01-01T00:30:00"},
      {"2025-01-01T01:00:00+0200", "2024-12-31T23:00:00"},
  };
  for (const auto& [written, stored] : forms) {
    EXPECT_EQ(parse_date_time(written).value_or("refused"), stored) << written;
  }
}

TEST(DateTime, RefusesWhatNoCalendarHas) {
  for (const char* written :
       {"", "yesterday", "2025-02-29", "2025-13-01", "2025-00-10", "2025-1-2", "30.12.2025",
        "2025-12-30 24:00:00", "2025-12-30T15:60", "2025-12-30T15:16:00X", "2025-12-30T",
        "2025-12-30 15:16:00Z later", "2025-12-30T15:16:00.", "9999-12-31T23:59:59-01:00"}) {
    EXPECT_EQ(parse_date_time(written).error(), actors::Errc::malformed) << written;
  }
}

TEST(DateTime, SaysWhatIsAccepted) {
  EXPECT_EQ(parse_date_time("soon").error().context,
            "\"soon\" is not a date; write 2025-12-30 15:16:00Z, 2025-12-30T15:16:00Z or "
            "2025-12-30");
}

}  // namespace
}  // namespace coppice::app::content
