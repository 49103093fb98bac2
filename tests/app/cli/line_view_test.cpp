#include "app/cli/line_view.hpp"

#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

TEST(RenderLogLine, ShowsWhatALineIsAbout) {
  EXPECT_EQ(render_log_line(R"({"time":"T","level":"error","text":"broken","folder":"db",)"
                            R"("actor":"/database/writer","request_id":"r1"})",
                            false),
            "T error broken actor=/database/writer request_id=r1");
}

TEST(RenderLogLine, ColoursWhatMatters) {
  EXPECT_EQ(render_log_line(R"({"time":"T","level":"error","text":"broken"})", true),
            "T \033[31merror\033[0m broken");
  EXPECT_EQ(render_log_line(R"({"time":"T","level":"info","text":"well"})", true), "T info well");
}

TEST(RenderLogLine, TellsWhatASlowReaderMissed) {
  EXPECT_EQ(render_log_line(R"({"missed":12})", false),
            "… 12 lines were missed here: they came faster than they were read");
  EXPECT_EQ(render_log_line("no JSON", false), "no JSON");
}

TEST(RenderEvent, ShowsFactsInALineAndAStackBelow) {
  EXPECT_EQ(render_event(R"({"at":"T","kind":"actor.crash","path":"/pubsub","reason":"boom",)"
                         R"("stack":"one\ntwo","handled":3})",
                         false),
            "T actor.crash /pubsub reason=boom handled=3\n    one\n    two");
}

TEST(RenderMessage, ShowsHowLongAMessageTook) {
  EXPECT_EQ(render_message(R"({"at":"T","message":"Write","us":12.34,"mailbox":2,"from":"1.2.3"})",
                           false),
            "T     12.3 µs  Write  from 1.2.3  mailbox 2");
  EXPECT_EQ(render_message(R"({"at":"T","message":"Write","us":1,"mailbox":0,)"
                           R"("from":{"pid":"<0.4.1>","path":"/presence"}})",
                           false),
            "T      1.0 µs  Write  from /presence  mailbox 0");
  EXPECT_EQ(
      render_message(R"({"at":"T","message":"Write","us":1,"mailbox":0,"from":{"pid":"<0.4.1>"}})",
                     false),
      "T      1.0 µs  Write  from <0.4.1>  mailbox 0");
  EXPECT_EQ(
      render_message(R"({"at":"T","message":"Write","us":30000,"mailbox":0,"waits":true})", false),
      "T     30.0 ms  Write  mailbox 0  and waits");
  EXPECT_EQ(
      render_message(R"({"at":"T","message":"Write","us":40000,"mailbox":0,"waited":true})", false),
      "T     40.0 ms  Write  mailbox 0  in all, having waited");
  EXPECT_EQ(render_message(R"({"ended":"the actor has ended"})", false), "the actor has ended");
}

}  // namespace
}  // namespace coppice::app::cli
