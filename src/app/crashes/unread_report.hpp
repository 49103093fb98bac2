#pragma once

#include <string>

namespace coppice::app::crashes {

/// A file in the folder of reports that the ledger has not got, and why; both for people.
struct UnreadReport {
  std::string file{};
  std::string why{};
};

}  // namespace coppice::app::crashes
