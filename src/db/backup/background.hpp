#pragma once

#include <future>
#include <type_traits>
#include <utility>

namespace coppice::db {

/// Lets the calling thread have a tenth of what others get where there is not enough for all. There
/// is no way back for who isn't root.
void lower_priority_of_this_thread() noexcept;

/// Runs @p work at that priority and waits for it: what takes all of a processor for seconds, such
/// as compressing a backup, must not take it from those who serve clients. The thread is a new one,
/// since it could not be given back.
template <class Work>
[[nodiscard]] std::invoke_result_t<Work&> run_in_background(Work work) {
  return std::async(std::launch::async,
                    [&work] {
                      lower_priority_of_this_thread();
                      return work();
                    })
      .get();
}

}  // namespace coppice::db
