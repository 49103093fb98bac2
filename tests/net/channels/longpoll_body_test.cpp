#include "net/channels/longpoll_body.hpp"

#include <gtest/gtest.h>

namespace coppice::net::channels {
namespace {

using Frames = std::vector<PostedFrame>;

PostedFrame text(std::string bytes) { return {PostedFrame::Kind::text, std::move(bytes)}; }
PostedFrame binary(std::string bytes) { return {PostedFrame::Kind::binary, std::move(bytes)}; }

actors::Result<Frames> lines(std::string body) {
  return read_posted_frames("application/x-ndjson", std::move(body));
}

TEST(LongPollBody, ReadsLinesOfTextAndBase64) {
  EXPECT_EQ(lines("[1]\nAAEC\n[2]").value(),
            (Frames{text("[1]"), binary(std::string("\0\1\2", 3)), text("[2]")}));
}

TEST(LongPollBody, TakesEitherLineEndAndIgnoresEmptyLines) {
  EXPECT_EQ(lines("[1]\r\n\r\n\n[2]\n").value(), (Frames{text("[1]"), text("[2]")}));
  EXPECT_EQ(lines("").value(), Frames());
}

TEST(LongPollBody, DropsLinesBeyondTheFirstHundred) {
  std::string body;
  for (int i = 0; i < 101; ++i) body += "[" + std::to_string(i) + "]\n";
  const auto frames = lines(body + "neither JSON nor base64!").value();
  ASSERT_EQ(frames.size(), 100U);
  EXPECT_EQ(frames.back(), text("[99]"));
}

TEST(LongPollBody, RefusesTheWholeBodyForOneLine) {
  EXPECT_EQ(lines("[1]\n{\"not\":\"a line\"}").error(), actors::Errc::malformed);
  EXPECT_EQ(lines("[1]\n====").error(), actors::Errc::malformed);
  EXPECT_EQ(lines("[\"\xFF\"]").error(), actors::Errc::malformed);
}

TEST(LongPollBody, BoundsALineOfBase64) {
  std::string line;
  line.resize(10'000'000, 'A');
  EXPECT_TRUE(lines(line));
  line += "AAAA";
  EXPECT_EQ(lines(line).error(), actors::Errc::malformed);
}

TEST(LongPollBody, IsOneFrameWithAnyOtherContentType) {
  for (const auto* type : {"application/json", "text/plain", "", "application/x-ndjson; a=b"}) {
    EXPECT_EQ(read_posted_frames(type, "{\"a\":\n1}").value(), (Frames{text("{\"a\":\n1}")}));
  }
  EXPECT_EQ(read_posted_frames("text/plain", "\xC0").error(), actors::Errc::malformed);
}

}  // namespace
}  // namespace coppice::net::channels
