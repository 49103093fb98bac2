#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/crashes/read_crashes.hpp"

namespace coppice::app::crashes {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object summary_of(const Crash& crash) {
  return {{"at", utc_milliseconds(crash.at)},
          {"last_at", utc_milliseconds(crash.last_at)},
          {"count", crash.count},
          {"kind", crash.kind},
          {"path", text_or_null(crash.path)},
          {"pid", text_or_null(crash.pid)},
          {"incarnation", crash.incarnation},
          {"actor", text_or_null(crash.actor)},
          {"message", text_or_null(crash.message)},
          {"exception", text_or_null(crash.exception)},
          {"reason", crash.reason},
          {"version", crash.version}};
}

json::object with_id(std::int64_t id, const json::object& crash) {
  json::object out{{"id", id}};
  for (const auto& [name, value] : crash) out[name] = value;
  return out;
}

}  // namespace

std::string crashes_json(const std::vector<KeptCrash>& crashes, const CrashFilter& filter,
                         const std::vector<Crash>& waiting, std::uint64_t dropped,
                         std::string_view unread, const std::vector<UnreadReport>& unread_reports) {
  json::array rows;
  for (const auto& [id, crash] : crashes) rows.push_back(with_id(id, summary_of(crash)));
  json::array unwritten;
  for (auto crash = waiting.rbegin(); crash != waiting.rend(); ++crash) {
    unwritten.push_back(summary_of(*crash));
  }
  json::array files;
  for (const auto& [file, why] : unread_reports) {
    files.push_back(json::object{{"file", file}, {"why", why}});
  }
  json::value next = nullptr;
  if (!crashes.empty() && std::ssize(crashes) == filter.limit)
    next = std::to_string(crashes.back().id);
  return json::serialize(json::object{{"crashes", std::move(rows)},
                                      {"next_cursor", std::move(next)},
                                      {"waiting", std::move(unwritten)},
                                      {"dropped", dropped},
                                      {"unread", text_or_null(std::string(unread))},
                                      {"unread_reports", std::move(files)}});
}

std::string crash_json(const KeptCrash& kept) {
  auto out = with_id(kept.id, summary_of(kept.crash));
  out["mailbox"] = kept.crash.mailbox;
  out["handled"] = kept.crash.handled;
  out["state"] = text_or_null(kept.crash.state);
  out["stack"] = text_or_null(kept.crash.stack);
  return json::serialize(out);
}

}  // namespace coppice::app::crashes
