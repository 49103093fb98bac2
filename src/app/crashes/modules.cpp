#include "app/crashes/modules.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <limits>
#include <link.h>
#include <span>

#include <fmt/format.h>

namespace coppice::app::crashes {
namespace {

std::span<const ElfW(Phdr)> segments_of(const dl_phdr_info& info) {
  return {info.dlpi_phdr, info.dlpi_phnum};
}

int add_module(dl_phdr_info* info, std::size_t /*size*/, void* out) {
  auto& modules = *static_cast<std::vector<Module>*>(out);
  Module module{.path = info->dlpi_name,
                .base = info->dlpi_addr,
                .begin = std::numeric_limits<std::uintptr_t>::max(),
                .end = 0};
  for (const auto& segment : segments_of(*info)) {
    if (segment.p_type != PT_LOAD) continue;
    const auto begin = info->dlpi_addr + segment.p_vaddr;
    module.begin = std::min<std::uintptr_t>(module.begin, begin);
    module.end = std::max<std::uintptr_t>(module.end, begin + segment.p_memsz);
  }
  if (modules.empty()) {
    std::error_code unknown;
    module.path = std::filesystem::read_symlink("/proc/self/exe", unknown).string();
  }
  if (module.path.empty()) module.path = "[kernel]";  // which maps a library of its own
  std::ranges::replace(module.path, '\n', '?');
  modules.push_back(std::move(module));
  return 0;
}

std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

/// The build id among the notes of a segment; empty if it has none.
std::string find_build_id(std::span<const std::byte> notes) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) head{};
    std::memcpy(&head, notes.data(), sizeof head);
    notes = notes.subspan(sizeof head);
    const auto name_size = padded(head.n_namesz);
    const auto whole = name_size + padded(head.n_descsz);
    if (whole > notes.size()) return {};
    const bool is_gnu = head.n_namesz == 4 && std::memcmp(notes.data(), "GNU", 4) == 0;
    if (is_gnu && head.n_type == NT_GNU_BUILD_ID) {
      std::string id;
      for (const auto byte : notes.subspan(name_size, head.n_descsz)) {
        id += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
      }
      return id;
    }
    notes = notes.subspan(whole);
  }
  return {};
}

int note_build_id(dl_phdr_info* info, std::size_t /*size*/, void* out) {
  for (const auto& segment : segments_of(*info)) {
    if (segment.p_type != PT_NOTE) continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): where the program is loaded is a number
    const auto* notes = reinterpret_cast<const std::byte*>(info->dlpi_addr + segment.p_vaddr);
    auto id = find_build_id({notes, segment.p_memsz});
    if (!id.empty()) *static_cast<std::string*>(out) = std::move(id);
  }
  return 1;  // the program is the first, and the only one that is asked for
}

}  // namespace

std::vector<Module> loaded_modules() {
  std::vector<Module> modules;
  dl_iterate_phdr(add_module, &modules);
  return modules;
}

std::string own_build_id() {
  std::string id = "none";
  dl_iterate_phdr(note_build_id, &id);
  return id;
}

}  // namespace coppice::app::crashes
