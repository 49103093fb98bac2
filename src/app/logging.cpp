#include "app/logging.hpp"

#include <memory>
#include <string>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace coppice::app {
namespace {

/// The message as a JSON string: pattern flag %*.
class QuotedText final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    const std::string quoted =
        boost::json::serialize(boost::json::string(message.payload.data(), message.payload.size()));
    out.append(quoted.data(), quoted.data() + quoted.size());
  }
  [[nodiscard]] std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<QuotedText>();
  }
};

std::unique_ptr<spdlog::formatter> formatter(bool json) {
  auto out = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  out->add_flag<QuotedText>('*');
  out->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","text":%*})"
                        : "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v");
  return out;
}

}  // namespace

void set_up_logging(const Config& config) {
  auto logger = spdlog::get("coppice");
  if (!logger) logger = spdlog::stderr_color_mt("coppice");
  logger->set_level(spdlog::level::from_str(config.log_level));
  logger->set_formatter(formatter(config.log_json));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace coppice::app
