// libcurl's functions, for the rest of the program as if it were linked: it is loaded by the first
// call of one of them. Debian's libcurl brings two dozen libraries with it (Kerberos, LDAP, SSH,
// RTMP …), which took half of the time that the program needs to be linked at its start and three
// megabytes, and a server that sends nothing never needs it.
//
// Only what the program calls is here: the linker names what is missing.

#include <atomic>
#include <cstdarg>
#include <dlfcn.h>
#include <stdexcept>
#include <string>

#include <curl/curl.h>

// curl.h wraps what has variable arguments in macros that check their number.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace {

constexpr const char* kLibrary = "libcurl.so.4";

[[noreturn]] void fail_to_load() {
  const char* reason = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc's is the thread's own
  throw std::runtime_error(std::string("libcurl can't be loaded: ") +
                           (reason != nullptr ? reason : kLibrary) + "; install libcurl4");
}

// Stays loaded: it keeps threads and tables of its own.
void* library() {
  static void* const loaded = [] {
    void* opened = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    if (opened == nullptr) fail_to_load();
    return opened;
  }();
  return loaded;
}

/// One of its functions, found with the first call. Errors: std::runtime_error if it isn't there.
template <class Function>
class Loaded {
 public:
  explicit constexpr Loaded(const char* name) noexcept : name_(name) {}

  template <class... Arguments>
  auto operator()(Arguments... arguments) {
    auto* function = function_.load(std::memory_order_acquire);
    if (function == nullptr) function = find();
    return function(arguments...);
  }

 private:
  Function* find() {
    void* found = dlsym(library(), name_);
    if (found == nullptr) fail_to_load();
    auto* function = reinterpret_cast<Function*>(found);
    function_.store(function, std::memory_order_release);
    return function;
  }

  const char* const name_;
  std::atomic<Function*> function_{nullptr};
};

constinit Loaded<decltype(curl_easy_init)> easy_init("curl_easy_init");
constinit Loaded<decltype(curl_easy_cleanup)> easy_cleanup("curl_easy_cleanup");
constinit Loaded<decltype(curl_easy_perform)> easy_perform("curl_easy_perform");
constinit Loaded<decltype(curl_easy_setopt)> easy_setopt("curl_easy_setopt");
constinit Loaded<decltype(curl_easy_getinfo)> easy_getinfo("curl_easy_getinfo");
constinit Loaded<decltype(curl_easy_header)> easy_header("curl_easy_header");
constinit Loaded<decltype(curl_easy_escape)> easy_escape("curl_easy_escape");
constinit Loaded<decltype(curl_easy_strerror)> easy_strerror("curl_easy_strerror");
constinit Loaded<decltype(curl_free)> free_text("curl_free");
constinit Loaded<decltype(curl_slist_append)> slist_append("curl_slist_append");
constinit Loaded<decltype(curl_slist_free_all)> slist_free_all("curl_slist_free_all");
constinit Loaded<decltype(curl_multi_init)> multi_init("curl_multi_init");
constinit Loaded<decltype(curl_multi_cleanup)> multi_cleanup("curl_multi_cleanup");
constinit Loaded<decltype(curl_multi_add_handle)> multi_add_handle("curl_multi_add_handle");
constinit Loaded<decltype(curl_multi_remove_handle)> multi_remove_handle(
    "curl_multi_remove_handle");
constinit Loaded<decltype(curl_multi_perform)> multi_perform("curl_multi_perform");
constinit Loaded<decltype(curl_multi_poll)> multi_poll("curl_multi_poll");
constinit Loaded<decltype(curl_multi_wakeup)> multi_wakeup("curl_multi_wakeup");
constinit Loaded<decltype(curl_multi_info_read)> multi_info_read("curl_multi_info_read");

}  // namespace

// libcurl declares its last parameter before the dots as an enum, which C++ would rather not see
// there; how it is handed over is the same.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wvarargs"

extern "C" {

CURL* curl_easy_init() { return easy_init(); }

void curl_easy_cleanup(CURL* handle) { easy_cleanup(handle); }

CURLcode curl_easy_perform(CURL* handle) { return easy_perform(handle); }

// Its one argument is a long, a curl_off_t or a pointer, which are handed over alike on the 64-bit
// systems that Coppice is for.
CURLcode curl_easy_setopt(CURL* handle, CURLoption option, ...) {
  static_assert(sizeof(void*) == sizeof(curl_off_t) && sizeof(void*) == sizeof(long));
  std::va_list arguments;
  va_start(arguments, option);
  void* const value = va_arg(arguments, void*);
  va_end(arguments);
  return easy_setopt(handle, option, value);
}

CURLcode curl_easy_getinfo(CURL* handle, CURLINFO info, ...) {
  std::va_list arguments;
  va_start(arguments, info);
  void* const result = va_arg(arguments, void*);
  va_end(arguments);
  return easy_getinfo(handle, info, result);
}

CURLHcode curl_easy_header(CURL* handle, const char* name, size_t index, unsigned int origin,
                           int request, curl_header** header) {
  return easy_header(handle, name, index, origin, request, header);
}

char* curl_easy_escape(CURL* handle, const char* text, int length) {
  return easy_escape(handle, text, length);
}

const char* curl_easy_strerror(CURLcode code) { return easy_strerror(code); }

void curl_free(void* text) { free_text(text); }

curl_slist* curl_slist_append(curl_slist* list, const char* line) {
  return slist_append(list, line);
}

void curl_slist_free_all(curl_slist* list) { slist_free_all(list); }

CURLM* curl_multi_init() { return multi_init(); }

CURLMcode curl_multi_cleanup(CURLM* multi) { return multi_cleanup(multi); }

CURLMcode curl_multi_add_handle(CURLM* multi, CURL* handle) {
  return multi_add_handle(multi, handle);
}

CURLMcode curl_multi_remove_handle(CURLM* multi, CURL* handle) {
  return multi_remove_handle(multi, handle);
}

CURLMcode curl_multi_perform(CURLM* multi, int* running) { return multi_perform(multi, running); }

CURLMcode curl_multi_poll(CURLM* multi, curl_waitfd* more, unsigned int count, int timeout_ms,
                          int* ready) {
  return multi_poll(multi, more, count, timeout_ms, ready);
}

CURLMcode curl_multi_wakeup(CURLM* multi) { return multi_wakeup(multi); }

CURLMsg* curl_multi_info_read(CURLM* multi, int* left) { return multi_info_read(multi, left); }

}  // extern "C"

#pragma clang diagnostic pop
