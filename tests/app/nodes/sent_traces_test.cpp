#include "app/nodes/sent_traces.hpp"

#include <gtest/gtest.h>

namespace coppice::app::nodes {
namespace {

const std::string kOne = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const std::string kTwo = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(SentTraces, ArriveAtTheCommandsThatHaveOne) {
  const auto sent = to_sent({"", kOne, "", kTwo});
  EXPECT_EQ(sent, "1=" + kOne + ",3=" + kTwo);
  const auto read = read_traces(sent, 4);
  ASSERT_EQ(read.size(), 4U);
  EXPECT_FALSE(read[0]);
  EXPECT_FALSE(read[2]);
  ASSERT_TRUE(read[1] && read[3]);
  EXPECT_EQ(tracing::to_traceparent(*read[1]), kOne);
  EXPECT_EQ(tracing::to_traceparent(*read[3]), kTwo);
}

TEST(SentTraces, AreNothingWithoutAny) {
  EXPECT_EQ(to_sent({"", ""}), "");
  const auto read = read_traces("", 2);
  EXPECT_EQ(read.size(), 2U);
  EXPECT_FALSE(read[0] || read[1]);
}

TEST(SentTraces, LeaveOutWhatCantBeRead) {
  for (const auto* sent :
       {"x", "=", "0", "0=", ",,", "0=00-zz", "-1=x", "99999999999999999999=x"}) {
    EXPECT_FALSE(read_traces(sent, 1)[0]) << sent;
  }
  EXPECT_FALSE(read_traces("1=" + kOne, 1)[0]) << "of a command that there is not";
  EXPECT_FALSE(read_traces("0 =" + kOne, 1)[0]);
  EXPECT_TRUE(read_traces("9=x,nonsense,0=" + kOne, 1)[0]) << "the others are good";
}

TEST(SentTraces, AreSoManyAtTheMost) {
  const std::vector<std::string> many(kMostSentTraces + 1, kOne);
  const auto sent = to_sent(many);
  EXPECT_LE(sent.size(), 4096U);
  const auto read = read_traces(sent + ",64=" + kOne, many.size());
  EXPECT_TRUE(read[kMostSentTraces - 1]);
  EXPECT_FALSE(read[kMostSentTraces]);
}

}  // namespace
}  // namespace coppice::app::nodes
