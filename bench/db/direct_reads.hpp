#pragma once

#include "crowd.hpp"

namespace coppice::bench {

/// Whether point reads should run on the shard of whoever asks instead of on a reader's thread:
/// both ways, and what a shard's other actors have of it when a read is not the short one that it
/// was taken for. README.md has the answer.
void direct_reads(const Folder& folder, double duration_s);

}  // namespace coppice::bench
