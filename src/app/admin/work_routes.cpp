#include "app/admin/work_routes.hpp"

#include <utility>

#include "app/admin/answer_schemas.hpp"
#include "app/admin/route_docs.hpp"
#include "net/http/response.hpp"

namespace coppice::app::admin {

using net::http::Response;

net::http::Routes work_routes(std::shared_ptr<const LongWork> work) {
  const auto list = [work = std::move(work)](const net::http::Request& /*request*/) {
    return Response::json(net::http::Status::ok, to_json(work->list()));
  };
  return {net::http::get("/v1/work", list,
                         described("The long work that is under way, and how far it is",
                                   {.answers = {in_json(schemas::long_work())}}))};
}

}  // namespace coppice::app::admin
