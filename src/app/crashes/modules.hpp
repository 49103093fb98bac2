#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace coppice::app::crashes {

/// The program or one of its libraries, as it lies in memory.
struct Module {
  std::string path;
  std::uintptr_t base = 0;   ///< What addresses in its file are relative to.
  std::uintptr_t begin = 0;  ///< Of its code and data; the first byte …
  std::uintptr_t end = 0;    ///< … and the one behind the last.
};

/// The program comes first. Thread: any, but no signal handler.
[[nodiscard]] std::vector<Module> loaded_modules();

/// What the linker called the program, in hexadecimal: another build has another one. "none" if it
/// was linked without.
[[nodiscard]] std::string own_build_id();

}  // namespace coppice::app::crashes
