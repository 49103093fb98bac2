#include "app/admin/journal_answer.hpp"

#include <charconv>
#include <utility>

#include "app/admin/line_stream.hpp"
#include "app/admin/work.hpp"

namespace coppice::app::admin {
namespace {

using actors::Errc;
using actors::fail;

constexpr std::size_t kMostLines = 100'000;  // more than a journal ever has

}  // namespace

actors::Result<JournalWish> journal_wish(const std::string& lines, const std::string& follow,
                                         Journal::Filter filter) {
  JournalWish wish{.filter = std::move(filter)};
  if (!lines.empty()) {
    const char* end = lines.data() + lines.size();
    const auto parsed = std::from_chars(lines.data(), end, wish.lines);
    if (parsed.ec != std::errc() || parsed.ptr != end || wish.lines > kMostLines) {
      return fail(Errc::invalid_argument,
                  "lines is \"" + lines + "\"; accepted: a whole number up to 100000");
    }
  }
  if (!follow.empty() && follow != "true" && follow != "false") {
    return fail(Errc::invalid_argument, "follow is \"" + follow + "\"; accepted: true, false");
  }
  wish.follow = follow == "true";
  return wish;
}

net::http::Response journal_answer(Journal& journal, JournalWish wish) {
  if (!wish.follow) return lines_answer(journal.last(wish.filter, wish.lines));
  auto queue = journal.follow(std::move(wish.filter), wish.lines);
  if (queue) return line_stream(std::move(queue));
  return explained(
      {Errc::overloaded, std::to_string(Journal::kMostFollowers) + " clients follow it already"});
}

}  // namespace coppice::app::admin
