#include "app/admin/load_routes.hpp"

#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/admin/answer_schemas.hpp"
#include "app/admin/look_at.hpp"
#include "app/admin/route_docs.hpp"
#include "app/admin/shard_overview.hpp"
#include "app/utc_time.hpp"

namespace coppice::app::admin {
namespace {

std::string requests_json(const LoadParts& parts) {
  boost::json::array requests;
  for (const auto& each : parts.requests->list()) {
    requests.push_back(boost::json::object{
        {"at", utc_time_ms(each.at)},
        {"method", each.path.empty() ? "-" : to_string(each.method)},
        {"path", each.path.empty() ? "-" : each.path},
        {"status", std::to_underlying(each.status)},
        {"ms", std::chrono::duration<double, std::milli>(each.duration).count()},
        {"whole", each.whole},
        {"request_id", each.id}});
  }
  return boost::json::serialize(boost::json::object{{"requests", std::move(requests)}});
}

std::string shards_of(const LoadParts& parts) { return shards_json(parts.runtime, *parts.shards); }

}  // namespace

net::http::Routes load_routes(std::shared_ptr<Work> work, LoadParts parts) {
  const auto shared = std::make_shared<const LoadParts>(std::move(parts));
  const auto bind = [&](auto read) { return look_at(work, shared, read); };
  return {
      net::http::get("/v1/shards", bind(shards_of),
                     described("How busy and how late each shard is, and who holds one",
                               {.answers = {in_json(schemas::shards())}})),
      net::http::get("/v1/requests", bind(requests_json),
                     described("The last requests, newest first",
                               {.answers = {in_json(schemas::requests())}})),
  };
}

}  // namespace coppice::app::admin
