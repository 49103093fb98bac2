#include "app/admin/log_routes.hpp"

#include <chrono>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/admin/answer_schemas.hpp"
#include "app/admin/duration_text.hpp"
#include "app/admin/journal_answer.hpp"
#include "app/admin/line_stream.hpp"
#include "app/admin/parameters.hpp"
#include "app/admin/route_docs.hpp"
#include "app/admin/work.hpp"

namespace coppice::app::admin {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using net::http::Request;
using net::http::Response;
using Clock = std::chrono::steady_clock;

constexpr auto kLongestChange = std::chrono::hours(24);
constexpr std::string_view kDefaultLevel = "default";

Result<LogLevel> parse_level(const std::string& name) {
  if (const auto level = log_level_from(name)) return *level;
  return fail(
      Errc::invalid_argument,
      "level is \"" + name + "\"; accepted: trace, debug, info, warning, error, critical, off");
}

Result<JournalWish> log_wish(const Request& request) {
  const http::QueryParameters parameters(request);
  const auto level_name = parameters.text("level");
  const auto actor = parameters.text("actor");
  const auto folder = parameters.text("folder");
  const auto lines = parameters.text("lines");
  const auto follow = parameters.text("follow");
  for (const auto* each : {&level_name, &actor, &folder, &lines, &follow}) {
    if (!*each) return std::unexpected(each->error());
  }
  const auto level =
      level_name->empty() ? Result<LogLevel>(LogLevel::trace) : parse_level(*level_name);
  if (!level) return std::unexpected(level.error());
  auto filter = [least = *level, place = *actor, from = *folder](const Note& note) {
    return note.level >= least && (place.empty() || is_at_or_below(note.path, place)) &&
           (from.empty() || is_at_or_below(note.kind, from));
  };
  return journal_wish(*lines, *follow, std::move(filter));
}

Response read_log(Log& log, const Request& request) {
  auto wish = log_wish(request);
  return wish ? journal_answer(log.journal(), *std::move(wish)) : explained(wish.error());
}

std::string levels_json(Log& log) {
  const auto now = Clock::now();
  boost::json::array levels;
  for (const auto& rule : log.levels().rules(now)) {
    boost::json::object out{{"target", rule.target}, {"level", to_string(rule.level)}};
    if (rule.until) {
      const auto left = std::chrono::ceil<std::chrono::seconds>(*rule.until - now);
      out["seconds_left"] = left.count();
    }
    levels.push_back(std::move(out));
  }
  return boost::json::serialize(
      boost::json::object{{"levels", std::move(levels)}, {"left_out", log.output().left_out()}});
}

Result<void> change_level(Log& log, const Request& request) {
  const http::QueryParameters parameters(request);
  const auto target = parameters.text("target");
  if (!target) return std::unexpected(target.error());
  const auto name = required(parameters, "level");
  if (!name) return std::unexpected(name.error());
  const auto time = parameters.text("for");
  if (!time) return std::unexpected(time.error());
  const std::string where = target->empty() ? std::string(LogLevels::kAll) : *target;
  if (*name == kDefaultLevel) {
    if (time->empty()) return reset_log_level(log, where);
    return actors::fail(Errc::invalid_argument, "for has no meaning with level=default");
  }
  const auto level = parse_level(*name);
  if (!level) return std::unexpected(level.error());
  LogLevels::Rule rule{.target = where, .level = *level, .until = {}};
  if (!time->empty()) {
    const auto length = parse_duration("for", *time, kLongestChange);
    if (!length) return std::unexpected(length.error());
    rule.until = Clock::now() + *length;
  }
  return set_log_level(log, std::move(rule), Clock::now());
}

Response post_level(Log& log, const Request& request) {
  const auto changed = change_level(log, request);
  return answered(changed ? Result<std::string>(levels_json(log))
                          : std::unexpected(changed.error()));
}

}  // namespace

net::http::Routes log_routes(std::shared_ptr<Log> log) {
  using net::http::get;
  return {
      get(
          "/v1/logs", [log](const Request& request) { return read_log(*log, request); },
          described("The last lines of the log, and with follow=true those that come",
                    {.query = {{"level", "the least level: trace, debug, info, warning, error"},
                               {"actor", "a place in the tree; lines of it and of those below it"},
                               {"folder", "a folder of the source: db, app/mail"},
                               {"lines", "how many of those that there are, at the most (100)"},
                               {"follow", "true goes on with the lines that come"}},
                     .answers = {in_lines(schemas::log_line())}})),
      get(
          "/v1/log-level",
          [log](const Request& /*request*/) {
            return Response::json(net::http::Status::ok, levels_json(*log));
          },
          described("From which level on lines are logged",
                    {.answers = {in_json(schemas::log_levels())}})),
      net::http::post(
          "/v1/log-level", [log](const Request& request) { return post_level(*log, request); },
          described(
              "Changes from which level on lines are logged",
              {.query = {{"target", "all, a folder of the source, or a place in the tree (all)"},
                         {"level", "a level, or default for what is configured", true},
                         {"for", "how long: 500ms, 10s, 10m, up to 24h; then the default"}},
               .answers = {in_json(schemas::log_levels())}})),
  };
}

}  // namespace coppice::app::admin
