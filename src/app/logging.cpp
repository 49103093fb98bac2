#include "app/logging.hpp"

#include <algorithm>
#include <unistd.h>
#include <utility>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "actors/cell.hpp"
#include "actors/shard.hpp"
#include "app/clean_text.hpp"
#include "app/colours.hpp"
#include "app/utc_time.hpp"
#include "net/utf8.hpp"

namespace coppice::app {
namespace {

constexpr std::chrono::milliseconds kFlushLimit{1000};
constexpr std::string_view kSources = "/src/";
constexpr std::string_view kDefaultFolder = "app";
constexpr std::size_t kLongestActor = 1000;

/// "db" of "/home/ann/coppice/src/db/writer.cpp".
std::string_view folder_of(std::string_view file) {
  const auto sources = file.rfind(kSources);
  if (sources == std::string_view::npos) return kDefaultFolder;
  const auto inside = file.substr(sources + kSources.size());
  return inside.substr(0, inside.rfind('/'));
}

std::string running_actor() {
  const auto* cell = actors::Shard::current_cell();
  return cell != nullptr ? cell->path() : std::string(actors::blocking_for());
}

std::string_view colour_of(LogLevel level) {
  switch (level) {
    case LogLevel::critical:
    case LogLevel::error: return "\033[31m";
    case LogLevel::warning: return "\033[33m";
    case LogLevel::info: return "\033[32m";
    default: return "\033[36m";
  }
}

std::string quoted(std::string_view text) {
  std::string printable(text);
  if (!net::is_utf8(text)) {
    for (char& c : printable) c = (static_cast<unsigned char>(c) < 0x80) ? c : '?';
  }
  return boost::json::serialize(boost::json::string(printable));
}

class Sink final : public spdlog::sinks::sink {
 public:
  explicit Sink(std::shared_ptr<Log> log) : log_(std::move(log)) {}

  void log(const spdlog::details::log_msg& message) override {
    const std::string_view file = message.source.filename != nullptr ? message.source.filename : "";
    log_->add(static_cast<LogLevel>(message.level),
              {message.payload.data(), message.payload.size()}, file);
  }
  void flush() override { log_->output().flush(kFlushLimit); }
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  const std::shared_ptr<Log> log_;
};

/// What is below the least level that anything is logged from, spdlog doesn't even format.
void gate(LogLevel least) {
  spdlog::default_logger_raw()->set_level(static_cast<spdlog::level::level_enum>(least));
}

LogOutput::SayLeftOut say_left_out(bool json) {
  return [json](std::uint64_t count) {
    const auto text = fmt::format(
        "{} lines of the log are missing here: whoever takes it is too slow, or has no room",
        count);
    const LogLine line{.at = std::chrono::system_clock::now(),
                       .level = LogLevel::warning,
                       .text = text,
                       .folder = kDefaultFolder,
                       .actor = {},
                       .request_id = {}};
    return (json ? json_line(line) : text_line(line, false)) + "\n";
  };
}

}  // namespace

std::string text_line(const LogLine& line, bool colour) {
  auto out = utc_time_ms(line.at) + " ";
  if (colour) out += colour_of(line.level);
  out += to_string(line.level);
  if (colour) out += "\033[0m";
  const auto end = std::min(line.text.find('\n'), line.text.size());
  out.append(" ").append(line.text.substr(0, end));
  if (!line.actor.empty())
    out.append(" actor=").append(clean_text(line.actor, kLongestActor, Lines::one));
  if (!line.request_id.empty()) out.append(" request_id=").append(line.request_id);
  return out.append(line.text.substr(end));
}

std::string json_line(const LogLine& line) {
  auto out =
      fmt::format(R"({{"time":"{}","level":"{}","text":{},"folder":"{}")", utc_time_ms(line.at),
                  to_string(line.level), quoted(line.text), line.folder);
  if (!line.actor.empty()) out.append(R"(,"actor":)").append(quoted(line.actor));
  if (!line.request_id.empty()) out.append(R"(,"request_id":)").append(quoted(line.request_id));
  return out + "}";
}

Log::Log(const Config& config, int descriptor)
    : json_(config.log_json),
      colour_(!config.log_json && takes_colours(descriptor)),
      levels_(log_level_from(config.log_level).value_or(LogLevel::info)),
      output_(descriptor, say_left_out(config.log_json)) {}

void Log::add(LogLevel level, std::string_view text, std::string_view source_file) {
  const auto about = LogScope::current();
  const auto folder = about.folder.empty() ? folder_of(source_file) : about.folder;
  const auto actor = about.actor.empty() ? running_actor() : std::string(about.actor);
  const auto admitted = levels_.admits(level, folder, actor, std::chrono::steady_clock::now());
  gate(levels_.least());  // which changes when the time of a level is over
  if (!admitted) return;
  const LogLine line{.at = std::chrono::system_clock::now(),
                     .level = level,
                     .text = text,
                     .folder = folder,
                     .actor = actor,
                     .request_id = about.request_id};
  auto json = json_line(line);
  output_.put((json_ ? json : text_line(line, colour_)) + "\n");
  journal_.add(
      {.level = level, .kind = std::string(folder), .path = actor, .json = std::move(json)});
  if (level >= LogLevel::error && !about.is_reported) tell_error(line);
}

void Log::tell_errors_to(std::function<void(const LogLine&)> listener) {
  const std::lock_guard lock(mutex_);
  error_listener_ =
      std::make_shared<const std::function<void(const LogLine&)>>(std::move(listener));
}

void Log::tell_error(const LogLine& line) const {
  auto listener = [this] {
    const std::lock_guard lock(mutex_);
    return error_listener_;
  }();
  if (listener) (*listener)(line);
}

std::shared_ptr<Log> set_up_logging(const Config& config) {
  auto log = std::make_shared<Log>(config, STDERR_FILENO);
  auto logger = std::make_shared<spdlog::logger>("coppice", std::make_shared<Sink>(log));
  logger->flush_on(spdlog::level::critical);
  spdlog::set_default_logger(std::move(logger));
  gate(log->levels().least());
  return log;
}

actors::Result<void> set_log_level(Log& log, LogLevels::Rule rule, actors::Time now) {
  auto set = log.levels().set(std::move(rule), now);
  gate(log.levels().least());
  return set;
}

actors::Result<void> reset_log_level(Log& log, std::string_view target) {
  auto reset = log.levels().reset(target);
  gate(log.levels().least());
  return reset;
}

}  // namespace coppice::app
