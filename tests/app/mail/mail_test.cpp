#include "app/mail/mail.hpp"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "net/encoding.hpp"

namespace coppice::app::mail {
namespace {

constexpr std::int64_t kTime = 1'800'000'000;

TEST(Mail, TravelsInAsciiWithShortLines) {
  const Mail mail{.from = "Größe <no-reply@example.com>",
                  .to = "ada@example.org",
                  .subject = "Ein Gruß " + std::string(100, 'x'),
                  .text = "Hallo Ädä,\n\n.\nein Punkt allein\n"};
  const std::string text = compose(mail, "id", kTime);
  EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c >= 0; }));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.ends_with('\r')) << line;
    EXPECT_LE(line.size(), 79U) << line;
    EXPECT_NE(line, ".\r");
  }
  const auto body = text.substr(text.find("\r\n\r\n") + 4);
  std::string joined;
  std::ranges::copy_if(body, std::back_inserter(joined), [](char c) { return c > ' '; });
  EXPECT_EQ(net::base64_decode(joined), mail.text);
}

TEST(Mail, HasTheHeadersThatReceiversWant) {
  const auto text = compose({"Site <a@b.example>", "c@d.example", "Hello", "x"}, "77", kTime);
  for (const auto* line :
       {"From: \"Site\" <a@b.example>\r\n", "To: c@d.example\r\n", "Subject: Hello\r\n",
        "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n", "Message-ID: <77@b.example>\r\n",
        "Auto-Submitted: auto-generated\r\n", "Content-Type: text/plain; charset=utf-8\r\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

TEST(Mail, CutsEncodedWordsBetweenCharacters) {
  const std::string subject = "x" + [] {
    std::string many;
    for (int n = 0; n < 60; ++n) many += "ä";
    return many;
  }();
  const auto text = compose({"a@b.example", "c@d.example", subject, "x"}, "1", kTime);
  std::string decoded;
  for (auto at = text.find("=?UTF-8?B?"); at != std::string::npos;
       at = text.find("=?UTF-8?B?", at + 1)) {
    const auto from = at + 10;
    const auto word = net::base64_decode(text.substr(from, text.find("?=", from) - from)).value();
    EXPECT_NE(static_cast<unsigned char>(word.front()) & 0xC0U, 0x80U);
    decoded += word;
  }
  EXPECT_EQ(decoded, subject);
}

TEST(Mail, KnowsMailboxes) {
  EXPECT_TRUE(is_mailbox("a@b.example"));
  EXPECT_TRUE(is_mailbox("A Site <a@b.example>"));
  for (const auto* no : {"", "a", "A <a>", "A <a@b.example", "A\r\nBcc: x <a@b.example>",
                         "\"A\" <a@b.example>", "a@b.example>"}) {
    EXPECT_FALSE(is_mailbox(no)) << no;
  }
  EXPECT_EQ(address_of("A Site <a@b.example>"), "a@b.example");
}

}  // namespace
}  // namespace coppice::app::mail
