#include "app/accounts/hashers.hpp"

#include <utility>

namespace coppice::app::accounts {
namespace {

using actors::Result;
using actors::Task;

constexpr auto kHashTimeout = std::chrono::seconds(10);
constexpr std::uint32_t kMostWaiting = 16;  // for each thread: less than a second's work

}  // namespace

Hashers::Hashers(HashCost cost, std::size_t threads) : shared_(std::make_shared<Shared>()) {
  shared_->cost = cost;
  for (std::size_t n = 0; n < threads; ++n) {
    shared_->slots.push_back(std::make_shared<HashingActor::Slot>("password hashing"));
  }
}

template <class Question>
Task<Result<typename Question::Reply>> Hashers::ask(std::shared_ptr<Shared> shared,
                                                    Question question) {
  const auto& slot = shared->slots[shared->next.fetch_add(1) % shared->slots.size()];
  const auto hasher = slot->get();
  if (!hasher) co_return std::unexpected(hasher.error());
  co_return co_await hasher->call_when_up(std::move(question), kHashTimeout);
}

Task<Result<std::string>> Hashers::hash(std::string password) const {
  return ask(shared_, HashingActor::Hash{std::move(password)});
}

Task<Result<Verdict>> Hashers::verify(std::string hash, std::string password) const {
  return ask(shared_, HashingActor::Verify{std::move(hash), std::move(password)});
}

std::vector<supervisor::ChildSpec> Hashers::children() const {
  std::vector<supervisor::ChildSpec> children;
  for (const auto& slot : shared_->slots) {
    auto child = supervisor::worker<HashingActor>("hasher-" + std::to_string(children.size() + 1),
                                                  shared_->cost, slot);
    child.options.placement = actors::Placement::own_thread();
    child.options.mailbox = {.capacity = kMostWaiting};
    children.push_back(std::move(child));
  }
  return children;
}

}  // namespace coppice::app::accounts
