#include "app/cli/health_command.hpp"

#include <map>

#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

actors::Result<std::string> url_with(std::map<std::string, std::string, std::less<>> variables) {
  return own_health_url([&](std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(HealthCommand, AsksTheServersPortOnTheLoopback) {
  EXPECT_EQ(url_with({}), "http://127.0.0.1:4000/api/health");
  EXPECT_EQ(url_with({{"PORT", "8080"}}), "http://127.0.0.1:8080/api/health");
  EXPECT_EQ(url_with({{"LISTEN_ADDRESS", "0.0.0.0"}}), "http://127.0.0.1:4000/api/health");
}

TEST(HealthCommand, AsksTheOneAddressThatTheServerListensOn) {
  EXPECT_EQ(url_with({{"LISTEN_ADDRESS", "10.0.0.5"}}), "http://10.0.0.5:4000/api/health");
  EXPECT_EQ(url_with({{"LISTEN_ADDRESS", "fdaa::3"}}), "http://[fdaa::3]:4000/api/health");
}

TEST(HealthCommand, AsksByTlsAServerThatHasACertificate) {
  EXPECT_EQ(url_with({{"TLS_CERT_PATH", "/tls/fullchain.pem"}}),
            "https://127.0.0.1:4000/api/health");
}

TEST(HealthCommand, SaysWhenThePortIsUnknown) {
  for (const auto* port : {"0", "http", "65536"}) {
    const auto url = url_with({{"PORT", port}});
    ASSERT_FALSE(url) << port;
    EXPECT_EQ(url.error().context, "PORT doesn't say where the server listens; --url does");
  }
}

}  // namespace
}  // namespace coppice::app::cli
