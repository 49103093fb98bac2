#include "db/backup/background.hpp"

#include <sys/resource.h>
#include <tuple>
#include <unistd.h>

namespace coppice::db {

namespace {

constexpr int kNice = 10;

}  // namespace

void lower_priority_of_this_thread() noexcept {
  // On Linux it is the thread's alone, against what POSIX says.
  std::ignore = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
}

}  // namespace coppice::db
