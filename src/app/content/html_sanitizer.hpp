#pragma once

#include <string>
#include <string_view>

namespace coppice::app::content {

/// Makes HTML from an author who isn't trusted harmless.
///
/// An allow-list of elements and attributes for articles is kept and written anew, so that what a
/// browser reads is what was checked; every element that is opened is closed, and nothing closes
/// what it did not open. Comments, scripts, styles and event handlers go; addresses keep http,
/// https, mailto, tel or no scheme. Anything else that looks like a tag stays readable, as text:
/// authors forget to quote `Vec<T>`.
///
/// Time: linear in the size of @p html.
[[nodiscard]] std::string sanitized_html(std::string_view html);

}  // namespace coppice::app::content
