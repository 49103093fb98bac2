#include "app/outgoing/curl.hpp"

#include <new>

namespace coppice::app::outgoing {
namespace {

int must_stop(void* stop, curl_off_t /*down_total*/, curl_off_t /*down*/, curl_off_t /*up_total*/,
              curl_off_t /*up*/) {
  return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

}  // namespace

CurlList make_list(const std::vector<std::string>& lines) {
  CurlList list;
  for (const auto& line : lines) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    // The head stays the same, but for the first line.
    if (longer != list.get()) list.reset(longer);
  }
  return list;
}

void stop_with(CURL* handle, const std::stop_token& stop) {
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &must_stop);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &stop);
}

std::string explain(CURLcode outcome, const char* buffer) {
  return *buffer != '\0' ? buffer : curl_easy_strerror(outcome);
}

}  // namespace coppice::app::outgoing
