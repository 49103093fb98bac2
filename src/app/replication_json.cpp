#include "app/replication_json.hpp"

#include <boost/json/object.hpp>

namespace coppice::app {
namespace {

boost::json::value or_null(const std::string& text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

}  // namespace

boost::json::value replication_json(const db::Replication& replication) {
  if (!replication.is_replicated()) return nullptr;
  const auto standing = replication.standing();
  return boost::json::object{{"role", to_string(standing.role)},
                             {"primary", or_null(standing.primary)},
                             {"why", or_null(standing.why)}};
}

}  // namespace coppice::app
