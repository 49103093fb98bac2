#include "app/admin/event_routes.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "app/admin/answer_schemas.hpp"
#include "app/admin/journal_answer.hpp"
#include "app/admin/line_stream.hpp"
#include "app/admin/parameters.hpp"
#include "app/admin/route_docs.hpp"
#include "app/admin/work.hpp"

namespace coppice::app::admin {
namespace {

using net::http::Request;

actors::Result<JournalWish> events_wish(const Request& request) {
  const http::QueryParameters parameters(request);
  const auto kind = parameters.text("kind");
  const auto path = parameters.text("path");
  const auto lines = parameters.text("lines");
  const auto follow = parameters.text("follow");
  for (const auto* each : {&kind, &path, &lines, &follow}) {
    if (!*each) return std::unexpected(each->error());
  }
  auto filter = [wanted = *kind, place = *path](const Note& note) {
    return is_wanted_kind(note.kind, wanted) && (place.empty() || is_at_or_below(note.path, place));
  };
  return journal_wish(*lines, *follow, std::move(filter));
}

}  // namespace

bool is_wanted_kind(std::string_view kind, std::string_view wanted) {
  if (wanted.empty()) return true;
  while (!wanted.empty()) {
    const auto comma = std::min(wanted.find(','), wanted.size());
    const auto each = wanted.substr(0, comma);
    wanted.remove_prefix(std::min(comma + 1, wanted.size()));
    if (each.empty() || !kind.starts_with(each)) continue;
    if (kind.size() == each.size() || each.ends_with('.') || kind[each.size()] == '.') return true;
  }
  return false;
}

net::http::Routes event_routes(std::shared_ptr<Journal> events) {
  return {net::http::get(
      "/v1/events",
      [events = std::move(events)](const Request& request) {
        auto wish = events_wish(request);
        return wish ? journal_answer(*events, *std::move(wish)) : explained(wish.error());
      },
      described("What the runtime has told about itself of late, and with follow=true what comes",
                {.query = {{"kind",
                            "kinds of events, comma-separated: actor.crash, or sup for all "
                            "that begin with it"},
                           {"path", "a place in the tree; events of it and of those below it"},
                           {"lines", "how many of those that there are, at the most (100)"},
                           {"follow", "true goes on with the events that come"}},
                 .answers = {in_lines(schemas::event())}}))};
}

}  // namespace coppice::app::admin
