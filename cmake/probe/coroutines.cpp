// Tries the expressions with co_await that some compilers get wrong. Each case builds objects that
// register themselves; a destructor for an object that is not registered, or an object that is left
// over, is the compiler's mistake. Prints each failing case; the exit code is their number.
//
// A case can also crash the program, which the caller takes as a failure as well.

#include <array>
#include <coroutine>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Tracked {
  static inline std::set<const Tracked*> live;
  static inline int wrong = 0;

  explicit Tracked(int n = 0) : number(n) { live.insert(this); }
  Tracked(const Tracked& other) : number(other.number) { live.insert(this); }
  Tracked(Tracked&& other) noexcept : number(other.number) { live.insert(this); }
  Tracked& operator=(const Tracked&) = default;
  Tracked& operator=(Tracked&&) = default;
  ~Tracked() { wrong += live.erase(this) == 1 ? 0 : 1; }

  [[nodiscard]] bool ok() const { return live.contains(this); }

  int number;
};

// A lazy task that resumes whoever awaited it, with the least that the language asks for.
template <class T>
class Task {
 public:
  struct promise_type {
    struct Final {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) noexcept {
        return self.promise().next;
      }
      void await_resume() noexcept {}
    };
    Task get_return_object() {
      return Task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    Final final_suspend() noexcept { return {}; }
    void return_value(T result) { value.emplace(std::move(result)); }
    void unhandled_exception() { std::terminate(); }

    std::optional<T> value;
    std::coroutine_handle<> next = std::noop_coroutine();
  };

  explicit Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (frame_) {
      frame_.destroy();
    }
  }

  bool await_ready() { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) {
    frame_.promise().next = caller;
    return frame_;
  }
  T await_resume() { return std::move(*frame_.promise().value); }

  T run() {
    frame_.resume();
    return await_resume();
  }

 private:
  std::coroutine_handle<promise_type> frame_;
};

struct Aggregate {
  Tracked tracked;
  int number = 0;
};

// Suspends once, so that temporaries must survive in the frame.
Task<int> number(int n) { co_return n; }
Task<Tracked> make() { co_return Tracked(co_await number(7)); }

Task<int> take_value(Aggregate a) { co_return co_await number(a.tracked.ok() ? 1 : 0); }
Task<int> take_reference(const Aggregate& a) { co_return co_await number(a.tracked.ok() ? 1 : 0); }
Task<int> take_array(std::array<Tracked, 2> a) { co_return co_await number(a[1].ok() ? 1 : 0); }
Task<int> take_pointer(std::shared_ptr<Aggregate> a) { co_return a->tracked.ok() ? 1 : 0; }
Task<int> take_function(std::function<int()> f) { co_return co_await number(f()); }
template <class F>
Task<int> take_callable(F f) {
  co_return co_await number(f());
}
int plain(const Aggregate& a, int n) { return a.tracked.ok() ? n : 0; }

Task<int> aggregate_by_value() { co_return co_await take_value(Aggregate{Tracked(1)}); }
Task<int> aggregate_in_braces() { co_return co_await take_value({Tracked(1), 2}); }
Task<int> aggregate_designated() { co_return co_await take_value({.tracked = Tracked(1)}); }
Task<int> aggregate_by_reference() { co_return co_await take_reference(Aggregate{Tracked(1)}); }
Task<int> array_by_value() {
  co_return co_await take_array(std::array<Tracked, 2>{Tracked(1), Tracked(2)});
}
Task<int> aggregate_into_shared() {
  co_return co_await take_pointer(std::make_shared<Aggregate>(Aggregate{Tracked(1)}));
}
Task<int> aggregate_beside_await() { co_return plain(Aggregate{Tracked(1)}, co_await number(1)); }
Task<int> await_inside_braces() {
  Aggregate a{Tracked(1), co_await number(1)};
  co_return a.tracked.ok() ? a.number : 0;
}
Task<int> lambda_into_template() {
  Tracked t(1);
  co_return co_await take_callable([t] { return t.ok() ? 1 : 0; });
}
Task<int> lambda_into_function() {
  Tracked t(1);
  co_return co_await take_function([t] { return t.ok() ? 1 : 0; });
}
Task<int> lambda_with_moved_capture() {
  Tracked t(1);
  co_return co_await take_function([t = std::move(t)] { return t.ok() ? 1 : 0; });
}
Task<int> lambda_coroutine_called_at_once() {
  Tracked t(1);
  co_return co_await [t]() -> Task<int> { co_return co_await number(t.ok() ? 1 : 0); }();
}
Task<int> conditional() {
  const bool yes = co_await number(1) == 1;
  Tracked t = yes ? co_await make() : Tracked(2);
  co_return t.ok() ? 1 : 0;
}
Task<int> loop_condition() {
  int n = 0;
  while (co_await number(n) != 3 || !Tracked(n).ok()) {
    ++n;
  }
  co_return n == 3 ? 1 : 0;
}
Task<int> push_back_aggregate() {
  std::vector<Aggregate> all;
  all.push_back(Aggregate{Tracked(1), co_await number(1)});
  co_return all.front().tracked.ok() ? 1 : 0;
}
Task<int> nested_awaits() {
  co_return co_await take_value(Aggregate{co_await make(), co_await number(1)});
}

struct Case {
  const char* name;
  Task<int> (*run)();
};

constexpr Case kCases[] = {
    {"co_await f(Aggregate{...}), by value", aggregate_by_value},
    {"co_await f({...})", aggregate_in_braces},
    {"co_await f({.member = ...})", aggregate_designated},
    {"co_await f(Aggregate{...}), by reference", aggregate_by_reference},
    {"co_await f(std::array{...})", array_by_value},
    {"co_await f(std::make_shared<Aggregate>(Aggregate{...}))", aggregate_into_shared},
    {"f(Aggregate{...}, co_await x())", aggregate_beside_await},
    {"Aggregate a{..., co_await x()}", await_inside_braces},
    {"co_await f([capture]{...}), into a template", lambda_into_template},
    {"co_await f([capture]{...}), into std::function", lambda_into_function},
    {"co_await f([capture = std::move(x)]{...})", lambda_with_moved_capture},
    {"co_await [capture]() -> Task {...}()", lambda_coroutine_called_at_once},
    {"condition ? co_await x() : y", conditional},
    {"while (co_await x() || ...)", loop_condition},
    {"vector.push_back(Aggregate{..., co_await x()})", push_back_aggregate},
    {"co_await f(Aggregate{co_await x(), co_await y()})", nested_awaits},
};

bool passes(const Case& c) {
  Tracked::live.clear();
  Tracked::wrong = 0;
  const int answer = c.run().run();
  return answer == 1 && Tracked::wrong == 0 && Tracked::live.empty();
}

}  // namespace

int main() {
  std::setvbuf(stdout, nullptr, _IONBF, 0);
  int failed = 0;
  for (const Case& c : kCases) {
    if (!passes(c)) {
      std::printf("  objects destroyed twice or not at all: %s\n", c.name);
      ++failed;
    }
  }
  return failed;
}
