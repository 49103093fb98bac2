#include "actors/symbolise.hpp"

#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include <boost/core/demangle.hpp>
#include <elfutils/libdwfl.h>
#include <fmt/format.h>

namespace coppice::actors {
namespace {

struct EndSession {
  void operator()(Dwfl* session) const noexcept { dwfl_end(session); }
};
using Session = std::unique_ptr<Dwfl, EndSession>;

// A server looks for debugging information nowhere else, least of all in the network.
int find_no_other_file(Dwfl_Module* /*module*/, void** /*data*/, const char* /*name*/,
                       Dwarf_Addr /*base*/, const char* /*file*/, const char* /*link*/,
                       GElf_Word /*checksum*/, char** /*found*/) {
  return -1;
}

// By this way the program is found also after another has taken its place.
constexpr const char* kOwnProgram = "/proc/self/exe";

int find_file(Dwfl_Module* module, void** data, const char* name, Dwarf_Addr base, char** file,
              Elf** elf) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink(kOwnProgram, error);
  if (error || program != name) {
    return dwfl_linux_proc_find_elf(module, data, name, base, file, elf);
  }
  *file = strdup(kOwnProgram);  // the session's to free, as the descriptor is its to close
  return open(kOwnProgram, O_RDONLY | O_CLOEXEC);
}

constexpr Dwfl_Callbacks kCallbacks{.find_elf = find_file,
                                    .find_debuginfo = find_no_other_file,
                                    .section_address = nullptr,
                                    .debuginfo_path = nullptr};

Session open_own_files() {
  Session session(dwfl_begin(&kCallbacks));
  if (!session || dwfl_linux_proc_report(session.get(), getpid()) != 0) return nullptr;
  if (dwfl_report_end(session.get(), nullptr, nullptr) != 0) return nullptr;
  return session;
}

std::string name_of(Dwfl_Module* module, Dwarf_Addr address) {
  const char* const symbol = dwfl_module_addrname(module, address);
  if (symbol == nullptr) return "?";
  const bool is_mangled = std::string_view(symbol).starts_with("_Z");  // "f" of C is no float
  return is_mangled ? boost::core::demangle(symbol) : symbol;
}

Dwarf_Line* line_in(Dwarf_Die* unit, Dwarf_Addr address) {
  return dwarf_haspc(unit, address) > 0 ? dwarf_getsrc_die(unit, address) : nullptr;
}

// Clang makes no index of the units' addresses, so each one is asked.
std::string place_of(Dwfl_Module* module, Dwarf_Addr address) {
  Dwarf_Addr bias = 0;
  for (Dwarf_Die* unit = nullptr; (unit = dwfl_module_nextcu(module, unit, &bias)) != nullptr;) {
    Dwarf_Line* const line = line_in(unit, address - bias);
    if (line == nullptr) continue;
    const char* const file = dwarf_linesrc(line, nullptr, nullptr);
    int number = 0;
    if (file == nullptr || dwarf_lineno(line, &number) != 0) return {};
    return fmt::format(" ({}:{})", file, number);
  }
  return {};
}

std::string describe(Dwfl* session, const void* frame) {
  // It returns behind the call, which may be the last thing that its function does.
  const Dwarf_Addr address = reinterpret_cast<std::uintptr_t>(frame) - 1;
  Dwfl_Module* const module = dwfl_addrmodule(session, address);
  if (module == nullptr) return "?";
  return name_of(module, address) + place_of(module, address);
}

}  // namespace

std::string symbolise(std::span<const void* const> frames) {
  if (frames.empty()) return {};
  const Session session = open_own_files();
  std::string out;
  for (const void* frame : frames) {
    out += session ? describe(session.get(), frame) : "?";
    out += '\n';
  }
  return out;
}

}  // namespace coppice::actors
