#include "actors/at_work.hpp"

#include <future>
#include <string>
#include <thread>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "actors/place.hpp"
#include "actors/server.hpp"
#include "actors/work_note.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;

/// Says that it has begun, and waits in its handler.
class Holder final : public Server<Holder> {
 public:
  struct Hold {
    std::shared_ptr<std::promise<void>> begun;
    std::shared_future<void> end;
  };
  void handle(const Hold& message) {
    message.begun->set_value();
    message.end.wait();
  }
};

class AtWorkTest : public testing::Test {
 protected:
  /// What is said while a handler of Asio's with that note holds the shard.
  AtWork with_note(Pid whose, std::string_view what, std::string_view topic) {
    std::promise<void> begun;
    std::promise<void> end;
    auto has_begun = begun.get_future();
    boost::asio::post(runtime_.shard(0).io(),
                      [=, begun = std::make_shared<std::promise<void>>(std::move(begun)),
                       held = end.get_future().share()] {
                        const WorkNote note(whose, what, topic);
                        begun->set_value();
                        held.wait();
                      });
    has_begun.wait();
    auto seen = at_work(runtime_.shard(0));
    end.set_value();
    // The next handler runs when this one has ended, and its note with it.
    std::promise<void> ended;
    boost::asio::post(runtime_.shard(0).io(), [&ended] { ended.set_value(); });
    ended.get_future().wait();
    return seen;
  }

  Runtime runtime_{{.shards = 1}};
};

TEST_F(AtWorkTest, NamesTheActorByItsPlaceAndTheMessageThatItHandles) {
  SpawnOptions options;
  options.place = runtime_.root()->child("holder", Place::Kind::worker, "");
  const auto holder = spawn<Holder>(runtime_, std::move(options)).value();
  auto begun = std::make_shared<std::promise<void>>();
  std::promise<void> end;
  ASSERT_TRUE(holder.cast(Holder::Hold{begun, end.get_future().share()}));
  begun->get_future().wait();
  const auto seen = at_work(runtime_.shard(0));
  end.set_value();
  EXPECT_EQ(seen.pid, holder.pid());
  EXPECT_EQ(seen.path, "/holder");
  EXPECT_TRUE(seen.type.ends_with("Holder")) << seen.type;
  EXPECT_TRUE(seen.message.ends_with("Holder::Hold")) << seen.message;
  EXPECT_TRUE(to_string(seen).starts_with("/holder with ")) << to_string(seen);
}

TEST_F(AtWorkTest, NamesForWhomAsioWorks) {
  const Pid whose(0, 77, 1);
  const auto seen = with_note(whose, "block", "room:lobby");
  EXPECT_EQ(seen.pid, whose);
  EXPECT_EQ(seen.path, "");
  EXPECT_EQ(seen.message, "block of room:lobby");
  EXPECT_EQ(to_string(seen), to_string(whose) + " with block of room:lobby");
}

TEST_F(AtWorkTest, CutsWhatIsTooLong) {
  const auto seen = with_note(Pid(0, 77, 1), std::string(70, 'e'), std::string(70, 't'));
  EXPECT_EQ(seen.message, std::string(70, 'e') + " of " + std::string(6, 't'));
}

TEST_F(AtWorkTest, SaysNothingOfAShardThatRests) {
  with_note(Pid(0, 77, 1), "a", "b");
  while (!runtime_.shard(0).resting()) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(to_string(at_work(runtime_.shard(0))), "");
}

TEST(WorkNote, EndsWithAWholeCharacter) {
  std::string topic;
  for (int n = 0; n < 60; ++n) topic += "\u00e4";
  for (const std::string_view what : {"x", "xx"}) {  // so that one of them is cut in a character
    const WorkNote note(Pid(0, 1, 1), what, topic);
    const auto seen = WorkNote::of_thread(static_cast<std::uint64_t>(pthread_self()));
    ASSERT_TRUE(seen);
    EXPECT_EQ((seen->what.size() - what.size() - 4) % 2, 0U) << seen->what;
  }
}

TEST(WorkNote, IsReadWholeOrNotAtAll) {
  std::promise<std::uint64_t> thread;
  std::atomic<bool> end{false};
  std::jthread writer([&] {
    thread.set_value(static_cast<std::uint64_t>(pthread_self()));
    for (int n = 0; !end; ++n) {
      const WorkNote note(Pid(0, 1, 1), std::string(30, n % 2 == 0 ? 'a' : 'b'), "");
    }
  });
  const auto native = thread.get_future().get();
  int seen = 0;
  for (int n = 0; n < 200'000 && seen < 1000; ++n) {
    const auto note = WorkNote::of_thread(native);
    if (!note) continue;
    ++seen;
    EXPECT_EQ(note->what.find_first_not_of(note->what.front()), 30) << note->what;
    if (HasFailure()) break;  // and let the writer end
  }
  end = true;
  EXPECT_GT(seen, 0);
}

}  // namespace
}  // namespace coppice::actors
