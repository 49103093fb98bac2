// clang-format off: the expectations below name the lines that they stand beside.
// What must not compile, each with the error that the compiler has to give: checked by
// compile_fail_test.cpp with clang's -verify. An expectation that isn't met is a failure, and so is
// an error that nobody expected.
#include <memory>
#include <string>

#include "actors/groups.hpp"
#include "actors/requests.hpp"
#include "actors/server.hpp"
#include "actors/sys.hpp"

using namespace coppice::actors;

namespace {

class Counter final : public Server<Counter> {
 public:
  struct Increment {
    int by = 1;
  };
  struct Get {
    using Reply = int;
  };
  struct Take {
    std::unique_ptr<int> moved;
  };
  void handle(Increment message) { total_ += message.by; }
  int handle(Get /*message*/) { return total_; }
  void handle(Take /*message*/) {}

 private:
  void timers() {
    send_every(Duration(1), Take{});  // expected-error {{no matching member function for call to 'send_every'}}
    send_after(Duration(1), Get{});   // expected-error {{no matching member function for call to 'send_after'}}
    continue_with(std::string());     // expected-error {{no matching member function for call to 'continue_with'}}
  }
  int total_ = 0;
};

struct Unknown {};
struct Ask {
  using Reply = std::string;
};

// What fits compiles.
void right(Ref<Counter> counter) {
  counter.cast(Counter::Increment{}).ignore();
  counter.cast(Counter::Take{}).ignore();
}

void wrong_messages(Ref<Counter> counter, Runtime& runtime) {
  counter.cast(Unknown{}).ignore();  // expected-error {{no matching member function for call to 'cast'}}
  counter.cast(Counter::Get{}).ignore();  // expected-error {{no matching member function for call to 'cast'}}
  counter.call_blocking(Unknown{});  // expected-error {{no matching member function for call to 'call_blocking'}}
  counter.call_blocking(Ask{});      // expected-error {{no matching member function for call to 'call_blocking'}}
  counter.call_blocking(Counter::Increment{});  // expected-error {{no matching member function for call to 'call_blocking'}}
  cast_to_group<Counter>(runtime, "g", Counter::Get{});   // expected-error {{no matching function for call to 'cast_to_group'}}
  cast_to_group<Counter>(runtime, "g", Counter::Take{});  // expected-error {{no matching function for call to 'cast_to_group'}}
  Name<Counter>(runtime, "c").cast(Unknown{}).ignore();  // expected-error {{no matching member function for call to 'cast'}}
}

Task<void> wrong_calls(Ref<Counter> counter) {
  co_await counter.call(Unknown{});  // expected-error {{no matching member function for call to 'call'}}
  co_await counter.call(Counter::Increment{});  // expected-error {{no matching member function for call to 'call'}}
  std::string text = co_await counter.call(Counter::Get{});  // expected-error {{no viable conversion}}
  Requests<std::string> requests;
  requests.send(counter, Counter::Get{}, 1);  // expected-error {{no matching member function for call to 'send'}}
}

void wrong_answers(ReplyTo<int> reply) {
  reply.answer(std::string("seven"));  // expected-error {{no viable conversion}}
}

Task<void> ignored(Ref<Counter> counter) {
  counter.cast(Counter::Increment{});  // expected-error {{ignoring return value}}
  counter.call(Counter::Get{});        // expected-error {{ignoring return value}}
  co_await counter.call(Counter::Get{});  // expected-error {{ignoring return value}}
  wrong_calls(counter);                // expected-error {{ignoring return value}}
  sleep_for(Duration(1));              // expected-error {{ignoring return value}}
}

void copies(Task<void> task, ReplyTo<int> reply) {
  Task<void> other = task;      // expected-error {{call to implicitly-deleted copy constructor}}
  ReplyTo<int> second = reply;  // expected-error {{call to implicitly-deleted copy constructor}}
  Room room;
  Room copy = room;             // expected-error {{call to implicitly-deleted copy constructor}}
}

void private_parts(Counter& counter, Sys sys) {
  counter.stop();  // expected-error {{'stop' is a protected member}}
  std::ignore = sys.replace_state<Counter>([](int state) { return state; });  // expected-error {{no matching member function for call to 'replace_state'}}
}

}  // namespace
