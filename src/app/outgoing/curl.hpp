#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <curl/curl.h>

/// What requests with libcurl have in common; for source files only.
namespace coppice::app::outgoing {

struct CloseCurl {
  // NOLINTBEGIN(bugprone-exception-escape): what is given back was made, so that libcurl is loaded
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  void operator()(char* text) const noexcept { curl_free(text); }
  // NOLINTEND(bugprone-exception-escape)
};
using CurlHandle = std::unique_ptr<CURL, CloseCurl>;
using CurlList = std::unique_ptr<curl_slist, CloseCurl>;
using CurlText = std::unique_ptr<char, CloseCurl>;

/// @param lines  None of them may be empty.
[[nodiscard]] CurlList make_list(const std::vector<std::string>& lines);

/// Ends the transfer soon after @p stop is requested; it must outlive the transfer.
void stop_with(CURL* handle, const std::stop_token& stop);

/// What went wrong, for people: what libcurl noted in @p buffer, or else its general sentence.
[[nodiscard]] std::string explain(CURLcode outcome, const char* buffer);

}  // namespace coppice::app::outgoing
