#include "app/sentry_config.hpp"

#include <utility>

namespace coppice::app {

void read_sentry_config(ConfigReader& reader, Config& config) {
  const bool is_production = config.environment == Environment::production;
  config.sentry_environment =
      reader.text("SENTRY_ENVIRONMENT", is_production ? "production" : "development");
  const auto written = reader.find("SENTRY_DSN");
  if (!written) return;
  auto dsn = sentry::parse_dsn(*written);
  if (dsn) {
    config.sentry_dsn = std::move(*dsn);
    return;
  }
  // The key is nothing for a log.
  reader.reject("SENTRY_DSN", "(" + dsn.error().context + ")",
                "the address that the project's settings show: https://KEY@HOST/PROJECT");
}

std::vector<Variable> sentry_variables() {
  return {
      {"SENTRY_DSN", "", "where crashes and errors are reported: https://KEY@HOST/PROJECT"},
      {"SENTRY_ENVIRONMENT", "production or development, by COPPICE_ENV",
       "what reports say of where this server is"},
  };
}

}  // namespace coppice::app
