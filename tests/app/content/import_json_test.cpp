#include "app/content/import_json.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace coppice::app::content {
namespace {

TEST(ImportJson, CountsAndTellsWhatBecameOfEachFile) {
  ImportReport report;
  report.add({.file = "posts/oak.md",
              .kind = "post",
              .name = "oak",
              .change = Change{.id = 1, .outcome = Outcome::created}});
  report.add({.file = "posts/bad.md", .line = 3, .reason = "title can't be blank"});
  EXPECT_EQ(boost::json::parse(import_json(report)), boost::json::parse(R"({
    "summary": "1 created, 0 updated, 0 unchanged, 1 skipped",
    "counts": {"created": 1, "updated": 0, "unchanged": 0, "skipped": 1},
    "entries": [
      {"file": "posts/oak.md", "name": "oak", "kind": "post", "outcome": "created"},
      {"file": "posts/bad.md", "outcome": "skipped", "line": 3, "reason": "title can't be blank"}
    ]})"));
}

}  // namespace
}  // namespace coppice::app::content
