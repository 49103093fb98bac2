#include "app/content/import_json.hpp"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace coppice::app::content {

std::string import_json(const ImportReport& report) {
  boost::json::array entries;
  for (const auto& entry : report.entries()) {
    boost::json::object line{{"file", entry.file}};
    if (!entry.name.empty()) line["name"] = entry.name;
    if (!entry.kind.empty()) line["kind"] = entry.kind;
    line["outcome"] = entry.change ? to_string(entry.change->outcome) : "skipped";
    if (entry.line != 0) line["line"] = entry.line;
    if (!entry.reason.empty()) line["reason"] = entry.reason;
    entries.push_back(std::move(line));
  }
  const boost::json::object counts{{"created", report.count(Outcome::created)},
                                   {"updated", report.count(Outcome::updated)},
                                   {"unchanged", report.count(Outcome::unchanged)},
                                   {"skipped", report.skipped()}};
  return boost::json::serialize(boost::json::object{
      {"summary", report.summary()}, {"counts", counts}, {"entries", std::move(entries)}});
}

}  // namespace coppice::app::content
