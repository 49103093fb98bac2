#pragma once

#include <memory>
#include <utility>

#include "app/admin/work.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {
namespace detail {

template <class Parts, class Read>
net::Awaitable<net::http::Response> look(std::shared_ptr<Work> work,
                                         std::shared_ptr<const Parts> parts,
                                         net::http::RequestPtr request, Read read) {
  Work::Job job = [parts, read] { return answered(read(*parts)); };
  co_return co_await work->look(*request, std::move(job));
}

}  // namespace detail

/// Answers a request without parameters with the JSON that @p read makes of the parts, or with why
/// it can't; on a thread for what may block.
template <class Parts, class Read>
[[nodiscard]] net::http::Handler look_at(std::shared_ptr<Work> work,
                                         std::shared_ptr<const Parts> parts, Read read) {
  return [work = std::move(work), parts = std::move(parts), read](net::http::RequestPtr request) {
    return detail::look(work, parts, std::move(request), read);
  };
}

}  // namespace coppice::app::admin
