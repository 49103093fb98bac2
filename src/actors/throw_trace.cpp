#include "actors/throw_trace.hpp"

#include <array>
#include <cstdlib>
#include <dlfcn.h>
#include <execinfo.h>
#include <string_view>
#include <typeinfo>
#include <unordered_map>

#include <boost/core/demangle.hpp>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define COPPICE_NO_RETURN() __asan_handle_no_return()
#endif
#endif
#ifndef COPPICE_NO_RETURN
#define COPPICE_NO_RETURN() static_cast<void>(0)
#endif

namespace coppice::actors {
namespace {

constexpr int kMaxFrames = 32;
constexpr std::size_t kOwnFrames = 1;  // the interposed __cxa_throw itself

struct Record {
  bool enabled = false;
  const void* exception = nullptr;
  int count = 0;
  std::array<void*, kMaxFrames> frames{};
};

thread_local Record record;

void remember_throw(const void* exception) noexcept {
  if (!record.enabled) return;
  record.exception = exception;
  record.count = backtrace(record.frames.data(), kMaxFrames);
}

}  // namespace

void ThrowTrace::enable(bool on) noexcept {
  if (on) {
    // The first call of backtrace() loads libgcc and allocates; not in the middle of a throw.
    std::array<void*, 1> warm_up{};
    backtrace(warm_up.data(), 1);
  }
  record.enabled = on;
  record.count = 0;
}

std::span<const void* const> ThrowTrace::of(const std::exception_ptr& exception) noexcept {
  // It may have come from another thread, or have been kept since an earlier throw.
  if (address_of(exception) != record.exception) return {};
  const auto count = static_cast<std::size_t>(record.count);
  if (count <= kOwnFrames) return {};
  return std::span<const void* const>(record.frames.data(), count).subspan(kOwnFrames);
}

const void* address_of(const std::exception_ptr& exception) noexcept {
  // There is no portable access to it; the representation in libstdc++ and libc++ is one pointer to
  // the object.
  return *reinterpret_cast<void* const*>(&exception);
}

const std::string& demangle(const char* mangled) {
  // Demangling costs microseconds, and a crash loop throws one type over and over.
  thread_local std::unordered_map<std::string_view, std::string> cache;
  if (const auto known = cache.find(mangled); known != cache.end()) return known->second;
  return cache.emplace(mangled, boost::core::demangle(mangled)).first->second;
}

}  // namespace coppice::actors

// The interposition. Rethrowing does not pass through here, so the first throw's stack survives.
// The signature is that of <cxxabi.h>, which declares it noreturn.
extern "C" void __cxa_throw(void* object, std::type_info* type, void (*destroy)(void*)) {
  using Throw = void (*)(void*, std::type_info*, void (*)(void*));
  static const auto next = reinterpret_cast<Throw>(dlsym(RTLD_NEXT, "__cxa_throw"));
  coppice::actors::remember_throw(object);
  COPPICE_NO_RETURN();
  next(object, type, destroy);
  std::abort();
}
