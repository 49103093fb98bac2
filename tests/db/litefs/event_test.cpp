#include "db/litefs/event.hpp"

#include <gtest/gtest.h>

#include "db/database_fixture.hpp"

namespace coppice::db::litefs {
namespace {

using actors::Errc;

PrimaryReport report_of(std::string_view line) {
  return std::get<PrimaryReport>(must(parse_event(line)));
}

TEST(LitefsEvent, SaysThatThisNodeIsThePrimary) {
  EXPECT_EQ(report_of(R"({"type":"init","data":{"isPrimary":true}})"), PrimaryReport{true});
}

TEST(LitefsEvent, SaysWhomThisNodeFollows) {
  const auto line = R"({"type":"primaryChange","data":{"isPrimary":false,"hostname":"node-b"}})";
  EXPECT_EQ(report_of(line), (PrimaryReport{false, "node-b"}));
}

TEST(LitefsEvent, SaysThatNobodyIsThePrimary) {
  EXPECT_EQ(report_of(R"({"type":"primaryChange","data":{"isPrimary":false}})"), PrimaryReport{});
}

TEST(LitefsEvent, TellsOfATransaction) {
  const auto event = must(parse_event(
      R"({"type":"tx","db":"app.db","data":{"txID":"000000000000001f","pageSize":4096,"commit":2}})"));
  EXPECT_EQ(std::get<TransactionEvent>(event).database, "app.db");
  EXPECT_EQ(std::get<TransactionEvent>(event).number, 0x1fU);
}

TEST(LitefsEvent, LetsKindsPassThatItDoesNotKnow) {
  EXPECT_TRUE(std::holds_alternative<UnknownEvent>(must(parse_event(R"({"type":"other"})"))));
}

TEST(LitefsEvent, RefusesWhatSaysNothing) {
  for (const std::string_view line :
       {"", "nonsense", "[]", R"({"type":"init"})", R"({"type":"init","data":{}})",
        R"({"type":"tx","data":{"txID":"01"}})", R"({"type":"tx","db":"a","data":{"txID":"x"}})"}) {
    EXPECT_EQ(parse_event(line).error(), Errc::malformed) << line;
  }
}

TEST(LitefsInfo, HasTheRoleAndTheFolder) {
  const auto info = must(parse_info(
      R"({"clusterID":"x","isPrimary":false,"candidate":true,"path":"/data","primary":{"hostname":"a"}})"));
  EXPECT_EQ(info.primary, (PrimaryReport{false, "a"}));
  EXPECT_EQ(info.data_folder, "/data");
}

TEST(LitefsInfo, OfThePrimaryNamesNobodyElse) {
  const auto info = must(parse_info(R"({"isPrimary":true,"primary":{"hostname":"me"}})"));
  EXPECT_EQ(info.primary, PrimaryReport{true});
}

}  // namespace
}  // namespace coppice::db::litefs
