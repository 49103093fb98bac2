#include "app/sentry/dsn.hpp"

#include <string>

#include <gtest/gtest.h>

namespace coppice::app::sentry {
namespace {

TEST(Dsn, IsReadAsSentryMeansIt) {
  const auto dsn = parse_dsn("https://abc123@o1.ingest.sentry.io/42");
  ASSERT_TRUE(dsn);
  EXPECT_EQ(dsn->envelope_url, "https://o1.ingest.sentry.io/api/42/envelope/");
  EXPECT_EQ(dsn->key, "abc123");
  EXPECT_EQ(dsn->host, "o1.ingest.sentry.io");
}

TEST(Dsn, MayHaveAPortAPathAndAnOldSecret) {
  const auto dsn = parse_dsn("http://key:secret@localhost:9000/sentry/sub/7/");
  ASSERT_TRUE(dsn);
  EXPECT_EQ(dsn->envelope_url, "http://localhost:9000/sentry/sub/api/7/envelope/");
  EXPECT_EQ(dsn->key, "key");
}

TEST(Dsn, SaysWhatIsMissing) {
  const auto reason = [](std::string_view text) { return parse_dsn(text).error().context; };
  EXPECT_EQ(reason(""), "no address of http or https");
  EXPECT_EQ(reason("ftp://key@host/1"), "no address of http or https");
  EXPECT_EQ(reason("https://host/1"), "it has no public key before the @");
  EXPECT_EQ(reason("https://a%0Ab@host/1"), "it has no public key before the @");
  EXPECT_EQ(reason("https://key@host"), "it has no project at its end");
  EXPECT_EQ(reason("https://key@host/"), "it has no project at its end");
}

}  // namespace
}  // namespace coppice::app::sentry
