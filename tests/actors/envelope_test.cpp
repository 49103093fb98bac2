#include "actors/envelope.hpp"

#include <atomic>
#include <map>
#include <thread>

#include <gtest/gtest.h>

namespace coppice::actors {
namespace {

class Numbered final : public Envelope {
 public:
  Numbered(int sender, int number)
      : Envelope({}, {}, Lane::user), sender_(sender), number_(number) {}
  ~Numbered() override { --alive; }
  Numbered(const Numbered&) = delete;
  Numbered& operator=(const Numbered&) = delete;

  std::coroutine_handle<> deliver(Cell& /*cell*/) override { return {}; }
  [[nodiscard]] const TypeTag& type() const noexcept override { return type_tag<Numbered>(); }
  [[nodiscard]] std::size_t bytes() const noexcept override { return sizeof *this; }

  [[nodiscard]] int sender() const noexcept { return sender_; }
  [[nodiscard]] int number() const noexcept { return number_; }

  static inline std::atomic<int> alive = 0;
  static std::unique_ptr<Envelope> make(int number, int sender = 0) {
    ++alive;
    return std::make_unique<Numbered>(sender, number);
  }
  static int of(const Envelope& envelope) {
    return static_cast<const Numbered&>(envelope).number();
  }

 private:
  int sender_;
  int number_;
};

class MailQueueTest : public testing::Test {
 protected:
  MailQueueTest() { Numbered::alive = 0; }
  static MailQueue queue_of(int count) {
    MailQueue queue;
    for (int i = 0; i < count; ++i) queue.push(Numbered::make(i));
    return queue;
  }
  static std::vector<int> numbers(const MailQueue& queue) {
    std::vector<int> out;
    queue.for_each([&](const Envelope& each) { out.push_back(Numbered::of(each)); });
    return out;
  }
  static auto is(int number) {
    return [number](const Envelope& each) { return Numbered::of(each) == number; };
  }
};

TEST_F(MailQueueTest, IsFirstInFirstOut) {
  MailQueue queue = queue_of(3);
  EXPECT_EQ(Numbered::of(*queue.front()), 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Numbered::of(*queue.pop()), i);
  EXPECT_TRUE(queue.empty());
  queue.push(Numbered::make(9));
  EXPECT_EQ(numbers(queue), std::vector{9});
}

TEST_F(MailQueueTest, DestroysWhatItHolds) {
  {
    const MailQueue queue = queue_of(5);
  }
  EXPECT_EQ(Numbered::alive, 0);
  MailQueue queue = queue_of(5);
  queue = queue_of(2);
  EXPECT_EQ(Numbered::alive, 2);
  queue.clear();
  EXPECT_EQ(Numbered::alive, 0);
}

TEST_F(MailQueueTest, GivesUpAnEnvelopeFromAnyPosition) {
  for (const int taken : {0, 1, 2}) {
    MailQueue queue = queue_of(3);
    EXPECT_EQ(Numbered::of(*queue.take_first(is(taken))), taken);
    queue.push(Numbered::make(7));
    std::vector<int> expected = {0, 1, 2};
    std::erase(expected, taken);
    expected.push_back(7);
    EXPECT_EQ(numbers(queue), expected);
  }
  MailQueue queue = queue_of(3);
  EXPECT_EQ(queue.take_first(is(5)), nullptr);
}

TEST_F(MailQueueTest, ReplacesAnEnvelopeInItsPlace) {
  for (const int replaced : {0, 1, 2}) {
    MailQueue queue = queue_of(3);
    auto successor = Numbered::make(7);
    EXPECT_EQ(Numbered::of(*queue.replace_first(is(replaced), successor)), replaced);
    EXPECT_EQ(successor, nullptr);
    std::vector<int> expected = {0, 1, 2};
    expected[static_cast<std::size_t>(replaced)] = 7;
    EXPECT_EQ(numbers(queue), expected);
    queue.push(Numbered::make(8));
    EXPECT_EQ(numbers(queue).back(), 8);
  }
  MailQueue queue = queue_of(1);
  auto successor = Numbered::make(7);
  EXPECT_EQ(queue.replace_first(is(5), successor), nullptr);
  EXPECT_NE(successor, nullptr) << "kept by its owner";
}

TEST_F(MailQueueTest, InboxGivesEverythingInOrderAndSaysWhenItWasEmpty) {
  Inbox inbox;
  EXPECT_TRUE(inbox.empty());
  EXPECT_TRUE(inbox.push(Numbered::make(0)));
  EXPECT_FALSE(inbox.push(Numbered::make(1)));
  EXPECT_FALSE(inbox.empty());
  EXPECT_EQ(numbers(inbox.take_all()), (std::vector{0, 1}));
  EXPECT_TRUE(inbox.take_all().empty());
  EXPECT_TRUE(inbox.push(Numbered::make(2)));
}

TEST_F(MailQueueTest, InboxTakesABundleInItsOrder) {
  Inbox inbox;
  MailBundle first;
  for (const int number : {0, 1, 2}) first.add(Numbered::make(number));
  EXPECT_TRUE(inbox.push(std::move(first)));
  EXPECT_FALSE(inbox.push(Numbered::make(3)));
  MailBundle second;
  second.add(Numbered::make(4));
  EXPECT_FALSE(inbox.push(std::move(second)));
  EXPECT_EQ(numbers(inbox.take_all()), (std::vector{0, 1, 2, 3, 4}));
  EXPECT_EQ(Numbered::alive, 0);
}

TEST_F(MailQueueTest, ABundleDestroysWhatItHolds) {
  {
    MailBundle bundle;
    bundle.add(Numbered::make(0));
    bundle.add(Numbered::make(1));
  }
  EXPECT_EQ(Numbered::alive, 0);
}

TEST_F(MailQueueTest, InboxKeepsTheOrderOfEachOfManyProducers) {
  constexpr int kProducers = 4;
  constexpr int kEach = 20'000;
  Inbox inbox;
  std::vector<std::jthread> producers;
  for (int sender = 0; sender < kProducers; ++sender) {
    producers.emplace_back([&inbox, sender] {
      for (int i = 0; i < kEach; ++i) inbox.push(Numbered::make(i, sender));
    });
  }
  std::map<int, int> next;
  int received = 0;
  while (received < kProducers * kEach) {
    MailQueue mail = inbox.take_all();
    while (!mail.empty()) {
      const auto envelope = mail.pop();
      const auto& numbered = static_cast<const Numbered&>(*envelope);
      ASSERT_EQ(numbered.number(), next[numbered.sender()]++);
      ++received;
    }
  }
  producers.clear();
  EXPECT_TRUE(inbox.empty());
  EXPECT_EQ(Numbered::alive, 0);
}

}  // namespace
}  // namespace coppice::actors
