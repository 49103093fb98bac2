#include "app/config.hpp"

#include <map>

#include <gtest/gtest.h>

namespace coppice::app {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

Lookup lookup_in(Variables variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

const std::string kSecret(64, 's');

TEST(Config, HasADefaultForEverythingInDevelopment) {
  const auto config = read_config(lookup_in({}));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_EQ(config->environment, Environment::development);
  EXPECT_EQ(config->port, 4000);
  EXPECT_EQ(config->database_path, "data/coppice.db");
  EXPECT_EQ(config->pool_size, 5U);
  EXPECT_FALSE(config->cors_origins);
}

TEST(Config, DemandsDatabaseAndSecretInProduction) {
  const auto config = read_config(lookup_in({{"COPPICE_ENV", "prod"}}));
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().context.find("environment variable DATABASE_PATH is missing"),
            std::string::npos);
  EXPECT_NE(config.error().context.find("environment variable SECRET_KEY_BASE is missing"),
            std::string::npos);
}

TEST(Config, TakesPhxServerForProduction) {
  const auto config = read_config(lookup_in(
      {{"PHX_SERVER", "true"}, {"DATABASE_PATH", "/data/app.db"}, {"SECRET_KEY_BASE", kSecret}}));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_EQ(config->environment, Environment::production);
}

TEST(Config, LetsCoppiceEnvOverrulePhxServer) {
  const auto config = read_config(lookup_in({{"PHX_SERVER", "true"}, {"COPPICE_ENV", "dev"}}));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_EQ(config->environment, Environment::development);
}

struct BadValue {
  std::string name;
  std::string value;
  std::string accepted;
};

class ConfigRefuses : public testing::TestWithParam<BadValue> {};

TEST_P(ConfigRefuses, AndNamesVariableValueAndWhatIsAccepted) {
  const auto& [name, value, accepted] = GetParam();
  const auto config = read_config(lookup_in({{name, value}}));
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().context.find(name), std::string::npos) << config.error().context;
  EXPECT_NE(config.error().context.find(accepted), std::string::npos) << config.error().context;
}

INSTANTIATE_TEST_SUITE_P(
    Values, ConfigRefuses,
    testing::Values(
        BadValue{"PORT", "65536", "0 to 65535"}, BadValue{"PORT", "-1", "0 to 65535"},
        BadValue{"PORT", "80x", "0 to 65535"}, BadValue{"POOL_SIZE", "0", "1 to "},
        BadValue{"POOL_SIZE", "65", "1 to 64"}, BadValue{"COPPICE_SPIN_US", "1001", "0 to 1000"},
        BadValue{"COPPICE_ENV", "test", "dev, prod"},
        BadValue{"LOG_LEVEL", "loud", "trace, debug, info"},
        BadValue{"LOG_FORMAT", "xml", "auto, text, json"},
        BadValue{"PHX_SERVER", "yes", "true, false"},
        BadValue{"COPPICE_ALLOW_NEWER_SCHEMA", "yes", "true, false"},
        BadValue{"CORS_ORIGINS", "https://a.example, b.example", "//*.example.org"},
        BadValue{"CORS_ORIGINS", ",", "* or a comma-separated list"},
        BadValue{"CORS_ORIGINS", "https://*a.example", "* or a comma-separated list"},
        BadValue{"LISTEN_ADDRESS", "localhost", "a numeric IP address"},
        BadValue{"PHX_HOST", "https://example.com", "without scheme"},
        BadValue{"PHX_HOST", "example.com:443", "without scheme, port"},
        BadValue{"PHX_HOST", "example.com/", "such as example.com"},
        BadValue{"ADMIN_SOCKET", "/tmp/" + std::string(200, 'a'), "at most 107 bytes"},
        BadValue{"CRASH_PATH", "data", "a folder of its own"},
        BadValue{"CONTENT_PATH", "/no/such/folder", "a folder that exists"},
        BadValue{"BACKUP_SCHEDULE", "0 3 * *", "off, or a cron expression"},
        BadValue{"BACKUP_SCHEDULE", "0 25 * * *", "the hour \"25\""},
        BadValue{"BACKUP_KEEP", "0", "1 to 10000"},
        BadValue{"BACKUP_KEEP_DAYS", "-1", "0 to 36500"},
        BadValue{"TRUSTED_PROXIES", "10.0.0.0/33", "172.16.0.0/12"},
        BadValue{"TRUSTED_PROXIES", "proxy.internal", "private, addresses"},
        BadValue{"CLIENT_ADDRESS_HEADER", "fly client", "the name of a header"},
        BadValue{"FORCE_SSL", "on", "true, false"}, BadValue{"RATE_LIMIT", "-1", "0 to "},
        BadValue{"RATE_LIMIT_BURST", "0", "1 to "},
        BadValue{"MAX_CONNECTIONS", "0", "1 to 1000000"},
        BadValue{"MAX_CONNECTIONS_PER_ADDRESS", "x", "0 to 1000000"},
        BadValue{"MAX_REQUEST_LINE_BYTES", "1", "64 to "},
        BadValue{"MAX_HEADER_BYTES", "1", "256 to "}, BadValue{"MAX_HEADERS", "0", "1 to 10000"},
        BadValue{"MAX_BODY_BYTES", "8MB", "0 to "}, BadValue{"HEADER_TIMEOUT", "0", "1 to "},
        BadValue{"BODY_TIMEOUT", "0", "1 to "}, BadValue{"MIN_BODY_RATE", "x", "0 to "},
        BadValue{"WRITE_TIMEOUT", "0", "1 to "}, BadValue{"KEEP_ALIVE_TIMEOUT", "0", "1 to "},
        BadValue{"DRAIN_DELAY", "301", "0 to 300"},
        BadValue{"ACCESS_LOG", "some", "all, errors, off, or a whole number"},
        BadValue{"ACCESS_LOG", "0", "all, errors, off, or a whole number"},
        BadValue{"METRICS_TOKEN", "short", "at least 16 characters"},
        BadValue{"METRICS_TOKEN", "0123456789abcdef\n", "that a header can carry"},
        BadValue{"METRICS_TOKEN", " 0123456789abcdef", "that a header can carry"},
        BadValue{"METRICS_TOKEN", "0123456789abcdef\x80", "that a header can carry"},
        BadValue{"SECRET_KEY_BASE", "short", "at least 64"}));

INSTANTIATE_TEST_SUITE_P(
    ValuesOfAccounts, ConfigRefuses,
    testing::Values(BadValue{"SECRET_KEY_BASE_PREVIOUS", "short", "at least 64"},
                    BadValue{"SESSION_SAME_SITE", "no", "lax, strict, none"},
                    BadValue{"SESSION_COOKIE_DOMAIN", "a b; secure", "a domain such as"},
                    BadValue{"SESSION_IDLE_DAYS", "0", "1 to 3650"},
                    BadValue{"SESSION_MAX_DAYS", "4000", "1 to 3650"},
                    BadValue{"MAIL_FROM", "nobody", "an address, or Name <address>"},
                    BadValue{"PASSWORD_RESET_URL", "/reset", "begins with https://"},
                    BadValue{"SIGN_IN_REDIRECT", "//evil.example", "a path such as /admin"},
                    BadValue{"SIGN_UP_WITH_PROVIDER", "yes", "true, false"},
                    BadValue{"SMTP_URL", "mail.example", "smtp://user:password@host:587"}));

TEST(Config, ReadsWhatTheEndpointTakes) {
  const auto config = read_config(lookup_in({{"TRUSTED_PROXIES", "private, 192.0.2.1"},
                                             {"RATE_LIMIT", "50"},
                                             {"MAX_HEADERS", "20"},
                                             {"MIN_BODY_RATE", "1000"},
                                             {"HEADER_TIMEOUT", "5"},
                                             {"FORCE_SSL", "true"},
                                             {"ACCESS_LOG", "100"}}));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_TRUE(net::contains(config->http.trusted_proxies, *net::parse_address("172.16.9.9")));
  EXPECT_TRUE(net::contains(config->http.trusted_proxies, *net::parse_address("192.0.2.1")));
  EXPECT_FALSE(net::contains(config->http.trusted_proxies, *net::parse_address("192.0.2.2")));
  EXPECT_EQ(config->http.rate_limit_burst, 100U);
  EXPECT_EQ(config->http.limits.max_headers, 20U);
  EXPECT_EQ(config->http.limits.min_body_rate, 1000U);
  EXPECT_EQ(config->http.timeouts.head, std::chrono::seconds(5));
  EXPECT_TRUE(config->http.force_ssl);
  EXPECT_EQ(config->http.access_log.one_of, 100U);
}

TEST(Config, LetsOneAddressHaveAQuarterOfTheConnections) {
  const auto most_of_one = [](Variables variables) {
    return read_config(lookup_in(std::move(variables)))->http.max_connections_per_address;
  };
  EXPECT_EQ(most_of_one({}), 2500U);
  EXPECT_EQ(most_of_one({{"MAX_CONNECTIONS", "200"}}), 50U);
  EXPECT_EQ(most_of_one({{"MAX_CONNECTIONS", "1"}}), 1U);
  EXPECT_EQ(most_of_one({{"MAX_CONNECTIONS_PER_ADDRESS", "0"}}), 0U);
}

TEST(Config, HasTheOperatorsSocketBesideTheDatabase) {
  const auto lookup = lookup_in({{"DATABASE_PATH", "/no/such/app.db"}});
  EXPECT_EQ(read_config(lookup)->admin_socket, "/no/such/app.db-admin.sock");
  EXPECT_EQ(admin_socket_path(lookup), "/no/such/app.db-admin.sock");
  EXPECT_EQ(admin_socket_path(lookup, "/no/such/other.db"), "/no/such/other.db-admin.sock");
}

TEST(Config, HasTheOperatorsSocketWhereItIsSaid) {
  const auto lookup =
      lookup_in({{"DATABASE_PATH", "/no/such/app.db"}, {"ADMIN_SOCKET", "/run/admin.sock"}});
  EXPECT_EQ(read_config(lookup)->admin_socket, "/run/admin.sock");
  EXPECT_EQ(admin_socket_path(lookup, "/no/such/other.db"), "/run/admin.sock");
}

TEST(Config, KeepsTheOperatorsSocketOutOfLitefsMount) {
  const auto lookup = lookup_in({{"DATABASE_PATH", "/no/such/app.db"},
                                 {"LITEFS_MOUNT", "/no/such"},
                                 {"LITEFS_URL", "http://localhost:20202"},
                                 {"SECRET_KEY_BASE", kSecret}});
  const auto config = read_config(lookup);
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_FALSE(config->admin_socket.starts_with("/no/such")) << config->admin_socket;
  EXPECT_EQ(admin_socket_path(lookup), config->admin_socket);
}

TEST(Config, SpinsOnlyWhenTold) {
  const auto usual = read_config(lookup_in({}));
  const auto told = read_config(lookup_in({{"COPPICE_SPIN_US", "300"}}));
  ASSERT_TRUE(usual && told);
  EXPECT_EQ(usual->spin, std::chrono::microseconds(0));
  EXPECT_EQ(told->spin, std::chrono::microseconds(300));
}

TEST(Config, UsesADatabaseOfALaterReleaseOnlyWhenTold) {
  EXPECT_FALSE(read_config(lookup_in({}))->allow_newer_schema);
  for (const std::string yes : {"true", "1"}) {
    const auto lookup = lookup_in({{"COPPICE_ALLOW_NEWER_SCHEMA", yes}});
    EXPECT_TRUE(read_config(lookup)->allow_newer_schema);
    EXPECT_TRUE(allows_newer_schema(lookup));
  }
}

TEST(Config, ReportsEveryProblemAtOnce) {
  const auto config = read_config(lookup_in({{"PORT", "x"}, {"POOL_SIZE", "x"}}));
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().context.find("PORT"), std::string::npos);
  EXPECT_NE(config.error().context.find("POOL_SIZE"), std::string::npos);
}

TEST(Config, DoesNotRepeatASecretThatIsTooShort) {
  const auto config = read_config(lookup_in({{"SECRET_KEY_BASE", "hunter2"}}));
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().context.find("hunter2"), std::string::npos);
}

TEST(Config, TakesSecretsThatAreStillAccepted) {
  const auto config = read_config(lookup_in(
      {{"SECRET_KEY_BASE_PREVIOUS", std::string(64, 'a') + ", " + std::string(64, 'b')}}));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_EQ(config->previous_secrets, (std::vector{std::string(64, 'a'), std::string(64, 'b')}));
}

TEST(Config, SendsCookiesOverHttpsOnlyInProductionAndToOtherSites) {
  EXPECT_FALSE(read_config(lookup_in({}))->accounts.session.secure);
  EXPECT_TRUE(read_config(lookup_in({{"SESSION_SAME_SITE", "none"}}))->accounts.session.secure);
  EXPECT_TRUE(read_config(lookup_in({{"COPPICE_ENV", "prod"},
                                     {"DATABASE_PATH", "/data/app.db"},
                                     {"SECRET_KEY_BASE", kSecret}}))
                  ->accounts.session.secure);
}

TEST(Config, NamesTheSiteInMailsByItsHost) {
  const auto mail = read_config(lookup_in({{"PHX_HOST", "site.example"}}))->accounts.mail;
  EXPECT_EQ(mail.from, "no-reply@site.example");
  EXPECT_EQ(mail.site, "site.example");
  EXPECT_EQ(mail.reset_url, "https://site.example/reset-password#");
}

TEST(Config, TakesProvidersToSignInWith) {
  const Variables google{{"GOOGLE_CLIENT_ID", "id"},
                         {"GOOGLE_CLIENT_SECRET", "secret"},
                         {"GOOGLE_REDIRECT_URI", "https://site.example/auth/google/callback"}};
  const auto config = read_config(lookup_in(google));
  ASSERT_TRUE(config) << config.error().context;
  ASSERT_EQ(config->accounts.sign_in.providers.size(), 1U);
  EXPECT_EQ(config->accounts.sign_in.providers.front().issuer, "https://accounts.google.com");
  for (const auto* name : {"GOOGLE_CLIENT_SECRET", "GOOGLE_REDIRECT_URI"}) {
    auto variables = google;
    variables.erase(name);
    const auto refused = read_config(lookup_in(variables));
    ASSERT_FALSE(refused) << name;
    EXPECT_NE(refused.error().context.find(std::string(name) + " is missing"), std::string::npos);
  }
  auto variables = google;
  for (const auto* bad : {"/auth/google/callback", "https://site.example", "https://site.example/",
                          "https://site.example/a?b", "https://site.example/:id", "ftp://a/b"}) {
    variables["GOOGLE_REDIRECT_URI"] = bad;
    const auto refused = read_config(lookup_in(variables));
    ASSERT_FALSE(refused) << bad;
    EXPECT_NE(refused.error().context.find("with a path, such as"), std::string::npos);
  }
  EXPECT_NE(read_config(lookup_in({{"OIDC_CLIENT_ID", "id"}})).error().context.find("OIDC_ISSUER"),
            std::string::npos);
}

TEST(Config, NeedsADomainToSendForWithMailgun) {
  const auto config = read_config(lookup_in({{"MAILGUN_API_KEY", "key"}}));
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().context,
            "environment variable MAILGUN_DOMAIN is missing: set it to the domain that Mailgun "
            "sends mail for\n");
}

TEST(Config, SendsMailByOneWay) {
  const auto refused = read_config(lookup_in({{"SMTP_URL", "smtp://u:hunter2@mail.example"},
                                              {"MAILGUN_API_KEY", "k"},
                                              {"MAILGUN_DOMAIN", "mg.example"}}));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().context.find("not both"), std::string::npos);
  EXPECT_EQ(refused.error().context.find("hunter2"), std::string::npos);
  EXPECT_EQ(make_transport(read_config(lookup_in({}))->accounts.mail)->describe(), "the log");
}

TEST(Config, SplitsOriginsAtCommasAndTrimsThem) {
  const auto config =
      read_config(lookup_in({{"CORS_ORIGINS", " https://a.example ,//*.b.example,"}}));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_EQ(config->cors_origins, (std::vector<std::string>{"https://a.example", "//*.b.example"}));
}

const Variables kStore = {{"BACKUP_PATH", "/backups"},
                          {"S3_HOST", "s3.example/"},
                          {"S3_BUCKET", "bucket"},
                          {"S3_ACCESS_KEY_ID", "key"},
                          {"S3_SECRET_ACCESS_KEY", "secret"}};

Variables with(Variables variables, const std::string& name, const std::string& value) {
  variables[name] = value;
  return variables;
}

TEST(Config, SpeaksTlsWithACertificateAndItsKey) {
  EXPECT_FALSE(read_config(lookup_in({}))->http.tls);
  const Variables both = {{"TLS_CERT_PATH", "/tls/certificate.pem"},
                          {"TLS_KEY_PATH", "/tls/key.pem"}};
  const auto config = read_config(lookup_in(both));
  ASSERT_TRUE(config) << config.error().context;
  ASSERT_TRUE(config->http.tls);
  EXPECT_EQ(config->http.tls->certificate, "/tls/certificate.pem");
  EXPECT_EQ(config->http.tls->key, "/tls/key.pem");
}

TEST(Config, WantsBothACertificateAndItsKey) {
  for (const auto& [set, missing] :
       {std::pair("TLS_CERT_PATH", "TLS_KEY_PATH"), std::pair("TLS_KEY_PATH", "TLS_CERT_PATH")}) {
    const auto config = read_config(lookup_in({{set, "/tls/file.pem"}}));
    ASSERT_FALSE(config);
    EXPECT_NE(config.error().context.find(std::string(missing) + " is missing"), std::string::npos)
        << config.error().context;
  }
}

TEST(Config, MakesNoBackupsWithoutAFolder) {
  const auto config = backup_config(lookup_in(with(kStore, "BACKUP_PATH", "")));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_TRUE(config->backups.folder.empty());
  EXPECT_FALSE(config->backups.store);
}

TEST(Config, UploadsBackupsWhereAStoreIsSet) {
  const auto config = backup_config(lookup_in(kStore));
  ASSERT_TRUE(config) << config.error().context;
  ASSERT_TRUE(config->backups.store);
  EXPECT_EQ(config->backups.store->url, "https://s3.example");
  EXPECT_EQ(config->backups.store->bucket, "bucket");
  EXPECT_EQ(config->backups.store->region, "auto");
  EXPECT_TRUE(config->schedule);
}

TEST(Config, UploadsNoBackupToAPublicBucket) {
  const auto variables = with(kStore, "S3_PUBLIC_URL", "https://files.example");
  EXPECT_FALSE(backup_config(lookup_in(variables))->backups.store);
  const auto own = backup_config(lookup_in(with(variables, "BACKUP_S3_BUCKET", "private")));
  ASSERT_TRUE(own->backups.store);
  EXPECT_EQ(own->backups.store->bucket, "private");
}

TEST(Config, UploadsInPartsThatStoresTake) {
  constexpr std::uint64_t kMiB = 1U << 20U;
  EXPECT_EQ(backup_config(lookup_in(kStore))->backups.store->part_bytes, 64 * kMiB);
  const auto most = backup_config(lookup_in(with(kStore, "BACKUP_S3_PART_MB", "5120")));
  EXPECT_EQ(most->backups.store->part_bytes, 5120 * kMiB);
  for (const auto* wrong : {"4", "5121", "x"}) {
    const auto config = backup_config(lookup_in(with(kStore, "BACKUP_S3_PART_MB", wrong)));
    ASSERT_FALSE(config) << wrong;
    EXPECT_NE(config.error().context.find("BACKUP_S3_PART_MB is"), std::string::npos);
  }
}

TEST(Config, DemandsTheStoresKeys) {
  const auto config = backup_config(lookup_in(with(kStore, "S3_SECRET_ACCESS_KEY", "")));
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().context.find("S3_SECRET_ACCESS_KEY is missing"), std::string::npos);
}

TEST(Config, CanDoWithoutASchedule) {
  EXPECT_FALSE(backup_config(lookup_in({{"BACKUP_SCHEDULE", "off"}}))->schedule);
}

TEST(Config, FindsLiteFs) {
  const auto config = read_config(lookup_in({{"LITEFS_URL", "http://localhost:20202/"},
                                             {"LITEFS_MOUNT", "/litefs"},
                                             {"SECRET_KEY_BASE", std::string(64, 's')}}));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_TRUE(config->litefs.is_used());
  EXPECT_EQ(config->litefs.url, "http://localhost:20202");
  EXPECT_EQ(config->litefs.mount, "/litefs");
  EXPECT_EQ(config->litefs.node_port, 4001);
}

TEST(Config, HasWritesOnTwoNodesWhereThereIsAnotherOne) {
  Variables variables{{"LITEFS_URL", "http://localhost:20202"},
                      {"LITEFS_MOUNT", "/litefs"},
                      {"SECRET_KEY_BASE", std::string(64, 's')}};
  EXPECT_EQ(read_config(lookup_in(variables))->litefs.durability, db::Durability::local);
  variables["WRITE_DURABILITY"] = "remote";
  EXPECT_EQ(read_config(lookup_in(variables))->litefs.durability, db::Durability::remote);
  const auto alone = read_config(lookup_in({{"WRITE_DURABILITY", "remote"}}));
  ASSERT_FALSE(alone);
  EXPECT_NE(alone.error().context.find("WRITE_DURABILITY is"), std::string::npos);
}

TEST(Config, ListensForOtherNodesOnAddressesOnly) {
  const auto config = read_config(lookup_in({{"NODE_LISTEN_ADDRESS", "localhost"}}));
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().context.find("NODE_LISTEN_ADDRESS is"), std::string::npos);
}

TEST(Config, IsWithoutLiteFsByDefault) {
  const auto config = read_config(lookup_in({}));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_FALSE(config->litefs.is_used());
}

TEST(Config, DemandsBothOfLiteFs) {
  for (const auto& [given, missing] :
       {std::pair("LITEFS_URL", "LITEFS_MOUNT"), std::pair("LITEFS_MOUNT", "LITEFS_URL")}) {
    const auto config = read_config(lookup_in({{given, "http://localhost:20202"}}));
    ASSERT_FALSE(config) << given;
    EXPECT_NE(config.error().context.find(missing), std::string::npos) << config.error().context;
  }
}

TEST(Config, DemandsASecretOfNodesInAnyEnvironment) {
  const auto config = read_config(
      lookup_in({{"LITEFS_URL", "http://localhost:20202"}, {"LITEFS_MOUNT", "/litefs"}}));
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().context.find("SECRET_KEY_BASE"), std::string::npos);
}

TEST(Config, RefusesAnAddressOfLiteFsWithoutAScheme) {
  const auto config =
      read_config(lookup_in({{"LITEFS_URL", "localhost:20202"}, {"LITEFS_MOUNT", "/litefs"}}));
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().context.find("LITEFS_URL is"), std::string::npos);
}

TEST(Config, KnowsTheDatabaseWithoutTheRest) {
  EXPECT_EQ(database_path(lookup_in({{"PORT", "x"}})), "data/coppice.db");
  EXPECT_EQ(database_path(lookup_in({{"COPPICE_ENV", "prod"}})), "");
  EXPECT_EQ(database_path(lookup_in({{"DATABASE_PATH", "/data/app.db"}})), "/data/app.db");
}

TEST(Config, TakesAnEmptyVariableForOneThatIsNotSet) {
  const auto config = read_config(lookup_in({{"PORT", ""}, {"DATABASE_PATH", ""}}));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_EQ(config->port, 4000);
  EXPECT_EQ(config->database_path, "data/coppice.db");
}

}  // namespace
}  // namespace coppice::app
