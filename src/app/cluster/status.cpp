#include "app/cluster/status.hpp"

#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace coppice::app::cluster {
namespace {

void read(const boost::json::object& from, std::string_view name, std::string& to) {
  const auto* value = from.if_contains(name);
  if (value != nullptr && value->is_string()) to = value->get_string();
}

void read(const boost::json::object& from, std::string_view name, std::int64_t& to) {
  const auto* value = from.if_contains(name);
  if (value != nullptr && value->is_int64()) to = value->get_int64();
}

}  // namespace

std::string to_json(const Status& status) {
  return boost::json::serialize(boost::json::object{{"oldest_version", status.oldest_version},
                                                    {"newest_version", status.newest_version},
                                                    {"release", status.release},
                                                    {"region", status.region},
                                                    {"started_at", status.started_at},
                                                    {"role", status.role},
                                                    {"primary", status.primary},
                                                    {"why", status.why},
                                                    {"transaction", status.transaction}});
}

actors::Result<Status> status_from_json(std::string_view json) {
  boost::system::error_code error;
  const auto value = boost::json::parse(json, error);
  if (error || !value.is_object()) return actors::fail(actors::Errc::malformed, "a node's status");
  const auto& object = value.get_object();
  Status status;
  read(object, "oldest_version", status.oldest_version);
  read(object, "newest_version", status.newest_version);
  read(object, "release", status.release);
  read(object, "region", status.region);
  read(object, "started_at", status.started_at);
  read(object, "role", status.role);
  read(object, "primary", status.primary);
  read(object, "why", status.why);
  read(object, "transaction", status.transaction);
  return status;
}

std::int64_t common_version(const Status& own, const std::vector<Status>& others) {
  std::int64_t version = own.newest_version;
  for (const Status& other : others) {
    if (understand_each_other(own, other)) version = std::min(version, other.newest_version);
  }
  return version;
}

}  // namespace coppice::app::cluster
