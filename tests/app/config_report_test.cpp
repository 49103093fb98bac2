#include "app/config_report.hpp"

#include <map>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace coppice::app {
namespace {

ConfigEntry entry(std::string_view name, const std::map<std::string, std::string>& environment) {
  const auto lookup = [&environment](std::string_view wanted) -> std::optional<std::string> {
    const auto found = environment.find(std::string(wanted));
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
  for (auto& each : config_report(lookup)) {
    if (each.name == name) return each;
  }
  ADD_FAILURE() << name;
  return {};
}

TEST(ConfigReport, TellsWhereAValueComesFrom) {
  EXPECT_EQ(entry("PORT", {}).value, "4000");
  EXPECT_FALSE(entry("PORT", {}).is_set);
  EXPECT_EQ(entry("PORT", {{"PORT", "80"}}).value, "80");
  EXPECT_TRUE(entry("PORT", {{"PORT", "80"}}).is_set);
  EXPECT_FALSE(entry("PORT", {{"PORT", ""}}).is_set);
}

TEST(ConfigReport, MasksSecrets) {
  for (const char* name : {"SECRET_KEY_BASE", "SECRET_KEY_BASE_PREVIOUS", "S3_ACCESS_KEY_ID",
                           "S3_SECRET_ACCESS_KEY", "SMTP_URL", "MAILGUN_API_KEY",
                           "GOOGLE_CLIENT_SECRET", "OIDC_CLIENT_SECRET", "METRICS_TOKEN"}) {
    const auto masked = entry(name, {{name, "hush"}});
    EXPECT_TRUE(masked.is_secret) << name;
    EXPECT_EQ(masked.value, "********") << name;
  }
  EXPECT_TRUE(is_secret_variable("SENTRY_DSN"));
  EXPECT_FALSE(is_secret_variable("DATABASE_PATH"));
}

TEST(ConfigReport, MasksCredentialsInAddresses) {
  const auto value = [](std::string url) {
    return entry("MAILGUN_URL", {{"MAILGUN_URL", std::move(url)}}).value;
  };
  EXPECT_EQ(value("https://ann:hush@example.com/a"), "https://********@example.com/a");
  EXPECT_EQ(value("https://example.com/a@b"), "https://example.com/a@b");
}

TEST(ConfigReport, IsJson) {
  const auto none = [](std::string_view /*name*/) { return std::optional<std::string>(); };
  const auto value = boost::json::parse(config_json(config_report(none)));
  const auto& first = value.at("variables").at(0);
  EXPECT_EQ(first.at("name"), "PORT");
  EXPECT_EQ(first.at("source"), "default");
  EXPECT_EQ(first.at("secret"), false);
}

}  // namespace
}  // namespace coppice::app
