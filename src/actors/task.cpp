#include "actors/task.hpp"

#include "actors/throw_trace.hpp"

namespace coppice::actors::detail {
namespace {

thread_local std::vector<std::string> noted_chain;
thread_local const void* noted_exception = nullptr;

}  // namespace

std::vector<std::string> PromiseBase::await_chain() const {
  std::vector<std::string> chain;
  for (const PromiseBase* promise = this; promise != nullptr; promise = promise->parent_) {
    if (promise->where_.line() == 0) continue;
    chain.push_back(std::string(promise->where_.function_name()) + " (" +
                    promise->where_.file_name() + ":" + std::to_string(promise->where_.line()) +
                    ")");
  }
  return chain;
}

void PromiseBase::note_exception() const {
  // The innermost coroutine sees the exception first and knows the whole chain.
  const void* exception = address_of(std::current_exception());
  if (exception == noted_exception) return;
  noted_exception = exception;
  noted_chain = await_chain();
}

std::vector<std::string> take_noted_await_chain() {
  noted_exception = nullptr;
  return std::exchange(noted_chain, {});
}

}  // namespace coppice::actors::detail
