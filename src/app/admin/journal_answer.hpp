#pragma once

#include <cstddef>
#include <string>

#include "actors/result.hpp"
#include "app/journal.hpp"
#include "net/http/response.hpp"

namespace coppice::app::admin {

/// What an operator wants of a journal.
struct JournalWish {
  Journal::Filter filter;
  std::size_t lines = 100;  ///< Of those that there are.
  bool follow = false;      ///< And all that come.
};

/// From the parameters `lines` and `follow`, which may be empty. Errors: invalid_argument.
[[nodiscard]] actors::Result<JournalWish> journal_wish(const std::string& lines,
                                                       const std::string& follow,
                                                       Journal::Filter filter);

[[nodiscard]] net::http::Response journal_answer(Journal& journal, JournalWish wish);

}  // namespace coppice::app::admin
