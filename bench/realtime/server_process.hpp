#pragma once

#include <sys/types.h>

namespace coppice::bench {

/// CPU time of all threads of a process, in seconds.
[[nodiscard]] double cpu_seconds(pid_t process);

/// The memory that it has in use and that is no file's, in bytes.
[[nodiscard]] double own_bytes(pid_t process);

}  // namespace coppice::bench
