// Never built: the checks of scripts/tidy/coroutines.cpp run over it, and must find what each
// "expect" names, and nothing else.
#include <coroutine>
#include <functional>
#include <span>
#include <string>
#include <string_view>

template <class T>
struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(T) {}
    void unhandled_exception() {}
  };
  ~Task() {}
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<>) {}
  T await_resume() { return {}; }
};

struct Post {
  std::string title;
  int number = 0;
};
struct Point {
  int x = 0;
  int y = 0;
};
class Named {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}

 private:
  std::string name_;
};

Task<int> number();
Task<Post> fetch();
Task<int> take(Post post);
Task<int> take_point(Point point);
Task<int> take_named(Named named);
Task<int> take_function(std::function<int()> f);
int plain(Post post, int n);

Task<int> by_view(std::string_view text) { co_return 1; }     // expect: view-parameter
Task<int> by_span(std::span<const int> all) { co_return 1; }  // expect: view-parameter
int no_coroutine(std::string_view text) { return 1; }

Task<int> refused(std::string s) {
  co_await take(Post{s});                            // expect: aggregate-temporary
  co_await take({.title = s});                       // expect: aggregate-temporary
  plain(Post{s}, co_await number());                 // expect: aggregate-temporary
  co_await take_function([s] { return 1; });         // expect: capturing-temporary
  Post post{s, co_await number()};                   // expect: await-in-braces
  Post other = s.empty() ? co_await fetch() : post;  // expect: await-in-conditional
  while (co_await number() != 1) {                   // expect: await-in-loop-condition
  }
  do {
  } while (co_await number() != 1);  // expect: await-in-loop-condition
  for (int i = 0; i < co_await number(); ++i) {  // expect: await-in-loop-condition
  }
  co_return 1;
}

Task<int> accepted(std::string s) {
  Post post{s};
  co_await take(std::move(post));
  auto f = [s] { return 1; };
  co_await take_function(std::move(f));
  co_await take_point(Point{1, 2});
  co_await take_named(Named{s});
  co_await take(co_await fetch());
  co_await take_function([] { return 1; });
  const int n = s.empty() ? co_await number() : 2;
  co_await take(Post{s});  // NOLINT(coroutine-aggregate-temporary): shows how to say so
  co_return n;
}
