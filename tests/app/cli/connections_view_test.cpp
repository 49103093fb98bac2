#include "app/cli/connections_view.hpp"

#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

TEST(ConnectionsView, IsATableWithWhatIsMissingBelow) {
  EXPECT_EQ(render_connections(R"({"connections":[
      {"id":"<0.1.1>","transport":"websocket","address":"192.0.2.7","user":"42",
       "since":"2026-01-01T00:00:00Z","queued_bytes":0,"received":3,"sent":12,
       "topics":["room:a","room:b"]},
      {"id":"<0.2.1>","transport":"http","address":"::1","user":null,
       "since":"2026-01-01T00:00:01Z","queued_bytes":7,"received":1,"sent":1,"topics":[]}],
      "matching":5,"next":"<0.2.1>","unanswered":["shard 1 does not answer"]})"),
            "ID       TRANSPORT  ADDRESS    USER  SINCE                 QUEUED  RECEIVED  SENT  "
            "TOPICS\n"
            "<0.1.1>  websocket  192.0.2.7  42    2026-01-01T00:00:00Z  0       3         12    "
            "room:a room:b\n"
            "<0.2.1>  http       ::1        -     2026-01-01T00:00:01Z  7       1         1\n"
            "2 of 5 connections\n"
            "more with --after '<0.2.1>'\n"
            "shard 1 does not answer\n");
}

TEST(ConnectionsView, ShowsNoControlCharactersThatClientsChose) {
  const auto text = render_topics(
      R"({"topics":[{"topic":"room:\u001b[2J","subscribers":1,"present":0}],
          "matching":1,"next":null,"unanswered":[]})");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("room:?[2J"), std::string::npos);
}

TEST(ConnectionsView, TellsThoseWhoAreOnlyCountedApart) {
  EXPECT_EQ(render_presence(R"({"topic":"viewers:x","members":[],"matching":0,"next":null,
                                "counted":3})"),
            "CONNECTIONS  MEMBER\n0 members\n3 more are only counted\n");
}

TEST(ConnectionsView, ListsChannelsWithThoseThatTheyBelongTo) {
  EXPECT_EQ(render_channels(R"({"channels":[
      {"connection":"<0.1.1>","topic":"room:a\n","transport":"websocket","user":"42",
       "state":"joined","type":"app::RoomChannel"},
      {"connection":"<0.12.1>","topic":"changes","transport":"longpoll","user":null,
       "state":"joining","type":"app::ChangesChannel"}],
      "matching":9,"next":"<0.12.1> a'; b","unanswered":[]})"),
            "CONNECTION  TRANSPORT  USER  STATE    TYPE                 TOPIC\n"
            "<0.1.1>     websocket  42    joined   app::RoomChannel     room:a?\n"
            "<0.12.1>    longpoll   -     joining  app::ChangesChannel  changes\n"
            "2 of 9 channels\n"
            "more with --after '<0.12.1> a'\\''; b'\n");
}

TEST(ConnectionsView, SaysThatAChannelHasEnded) {
  EXPECT_EQ(render_channel_closed(R"({"ok":true})"), "1 channel ended\n");
}

TEST(ConnectionsView, SaysWhichShardsWereNotAskedToDisconnectYet) {
  EXPECT_EQ(render_disconnected(
                R"({"ok":true,"disconnected":2,"unanswered":["shard 0 does not answer"]})"),
            "2 disconnected\nshard 0 does not answer: those there are disconnected once it does\n");
}

}  // namespace
}  // namespace coppice::app::cli
