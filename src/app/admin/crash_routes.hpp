#pragma once

#include <memory>

#include "actors/runtime.hpp"
#include "app/admin/work.hpp"
#include "app/crashes/crash_ledger.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// The crash ledger: all, and one.
[[nodiscard]] net::http::Routes crash_routes(std::shared_ptr<Work> work, actors::Runtime& runtime,
                                             crashes::LedgerPtr ledger);

}  // namespace coppice::app::admin
