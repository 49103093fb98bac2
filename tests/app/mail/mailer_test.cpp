#include "app/mail/mailer.hpp"

#include <deque>
#include <mutex>
#include <vector>

#include "actors/blocking_pool.hpp"
#include "app/mail/outbox.hpp"
#include "db/database_world.hpp"
#include "db/statement_command.hpp"

namespace coppice::app::mail {
namespace {

using actors::Errc;
using actors::Error;
using actors::Result;
using actors::Task;

/// Keeps what it is given, or fails as it is told to.
class FakeTransport final : public Transport {
 public:
  Result<void> send(const Mail& mail, const std::stop_token& /*stop*/) const override {
    ++attempts;
    if (!failures.empty()) {
      auto failure = failures.front();
      failures.pop_front();
      return std::unexpected(failure);
    }
    sent.push_back(mail.to + ": " + mail.subject);
    return {};
  }
  std::string describe() const override { return "a test"; }

  mutable std::deque<Error> failures;
  mutable std::vector<std::string> sent;
  mutable int attempts = 0;
};

Task<Result<Mail>> write_mail(std::string kind, std::string recipient) {
  if (recipient.starts_with("nobody")) co_return actors::fail(Errc::not_found);
  co_return Mail{.from = "us@example.com", .to = recipient, .subject = kind, .text = "x"};
}

class MailerTest : public db::DatabaseWorldTest {
 protected:
  MailerTest() {
    auto commands = std::make_shared<db::CommandRegistry>();
    add_mail_commands(*commands);
    auto options = this->options();
    options.commands = std::move(commands);
    start(std::move(options));
    began_ = world_.now();
  }

  void start_mailer() {
    auto place = world_.runtime().root()->child("mailer" + std::to_string(++starts_),
                                                supervisor::ChildType::worker, "");
    const MailerParts parts{
        .database = *database_, .write = write_mail, .transport = transport_, .clock = [this] {
          return now();
        }};
    const auto spec = supervisor::worker<Mailer>("mailer", parts, slot_);
    if (!world_.start(spec.start, {.place = std::move(place)}).ok()) throw std::runtime_error("");
    world_.run();
  }

  std::int64_t now() {
    return 1'800'000'000 +
           std::chrono::duration_cast<std::chrono::seconds>(world_.now() - began_).count();
  }

  void request(const std::string& recipient) {
    db::must(execute(RequestMail{"hello", recipient, now()}));
  }
  void wake() {
    slot_->get().value().cast(Mailer::Wake{}).ignore();
    world_.run();
  }
  std::int64_t waiting() {
    return db::must(read([](db::Connection& db) {
             return db::query_value<std::int64_t>(db, "SELECT count(*) FROM coppice_mails");
           }))
        .value();
  }

  using Mails = std::vector<std::string>;
  std::shared_ptr<FakeTransport> transport_ = std::make_shared<FakeTransport>();
  std::shared_ptr<Mailer::Slot> slot_ = std::make_shared<Mailer::Slot>("the mailer");
  actors::Time began_{};
  int starts_ = 0;
};

TEST_F(MailerTest, SendsWhatIsRequestedAndWhatWaitedBeforeItStarted) {
  request("a@example.com");
  start_mailer();
  EXPECT_EQ(transport_->sent, (Mails{"a@example.com: hello"}));
  request("b@example.com");
  request("c@example.com");
  wake();
  EXPECT_EQ(transport_->sent,
            (Mails{"a@example.com: hello", "b@example.com: hello", "c@example.com: hello"}));
  EXPECT_EQ(waiting(), 0);
}

TEST_F(MailerTest, SendsOneMailToWhoAsksTwice) {
  request("a@example.com");
  request("A@example.com");
  start_mailer();
  EXPECT_EQ(transport_->sent.size(), 1U);
}

TEST_F(MailerTest, SendsNothingToNobody) {
  request("nobody@example.com");
  start_mailer();
  EXPECT_EQ(transport_->attempts, 0);
  EXPECT_EQ(waiting(), 0);
}

TEST_F(MailerTest, TriesAgainAfterLongerAndLongerPauses) {
  transport_->failures = {{Errc::unavailable, "no"}, {Errc::unavailable, "no"}};
  request("a@example.com");
  start_mailer();
  EXPECT_EQ(transport_->attempts, 1);
  world_.advance(std::chrono::seconds(9));
  EXPECT_EQ(transport_->attempts, 1);
  world_.advance(std::chrono::seconds(1));
  EXPECT_EQ(transport_->attempts, 2);
  world_.advance(std::chrono::seconds(19));
  EXPECT_EQ(transport_->attempts, 2);
  world_.advance(std::chrono::seconds(2));
  EXPECT_EQ(transport_->sent, (Mails{"a@example.com: hello"}));
}

TEST_F(MailerTest, TriesAgainAtOnceWhenSomebodyAsksAgain) {
  transport_->failures = {{Errc::unavailable, "no"}, {Errc::unavailable, "no"}};
  request("a@example.com");
  start_mailer();
  world_.advance(std::chrono::seconds(10));
  EXPECT_EQ(transport_->attempts, 2);
  world_.advance(std::chrono::seconds(1));
  request("a@example.com");
  wake();
  EXPECT_EQ(transport_->sent, (Mails{"a@example.com: hello"}));
  EXPECT_EQ(waiting(), 0);
}

TEST_F(MailerTest, LetsNoFailedMailHoldUpTheOthers) {
  transport_->failures = {{Errc::unavailable, "no"}};
  request("a@example.com");
  request("b@example.com");
  start_mailer();
  EXPECT_EQ(transport_->sent, (Mails{"b@example.com: hello"}));
  EXPECT_EQ(waiting(), 1);
}

TEST_F(MailerTest, GivesUpWhatWillNeverWorkAtOnceAndTheRestAfterADay) {
  transport_->failures = {{Errc::invalid_argument, "no such mailbox"}};
  request("a@example.com");
  start_mailer();
  EXPECT_EQ(waiting(), 0);
  for (int n = 0; n < 100; ++n) transport_->failures.emplace_back(Errc::unavailable, "no");
  request("b@example.com");
  wake();
  world_.advance(std::chrono::hours(18));
  EXPECT_EQ(waiting(), 1);
  world_.advance(std::chrono::hours(8));
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(transport_->attempts, 31);
}

TEST_F(MailerTest, RefusesMoreThanItCanEverSend) {
  db::must(execute(db::RunStatement{
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) "
      "INSERT INTO coppice_mails (kind, recipient, created_at, due_at) "
      "SELECT 'hello', i || '@example.com', 0, 0 FROM n",
      {}}));
  EXPECT_EQ(execute(RequestMail{"hello", "a@example.com", now()}).error(), Errc::overloaded);
}

}  // namespace
}  // namespace coppice::app::mail
