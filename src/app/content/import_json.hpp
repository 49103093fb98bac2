#pragma once

#include <string>

#include "app/content/import_report.hpp"

namespace coppice::app::content {

/// {"summary":"3 created, …","counts":{"created":3,…,"skipped":0},"entries":[{"file","outcome"}]};
/// an entry also has "kind" and "name" of a record, and, skipped, "reason" and perhaps "line".
[[nodiscard]] std::string import_json(const ImportReport& report);

}  // namespace coppice::app::content
