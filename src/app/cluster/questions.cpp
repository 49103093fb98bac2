#include "app/cluster/questions.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "db/codec.hpp"

namespace coppice::app::cluster {

using actors::ReplyTo;
using actors::Task;

Questions::Questions(std::shared_ptr<const Bus> bus, std::shared_ptr<Members::Slot> members,
                     Answers answers, std::shared_ptr<Slot> slot)
    : bus_(std::move(bus)),
      members_(std::move(members)),
      known_(std::move(answers)),
      slot_(std::move(slot)) {}

void Questions::init() { slot_->enter(runtime(), cell().place()); }

void Questions::handle(Ask message, ReplyTo<std::vector<NodeAnswer>> reply) {
  background(ask(std::move(message.what), std::move(reply)));
}

Task<void> Questions::ask(std::string what, ReplyTo<std::vector<NodeAnswer>> reply) {
  const auto members = members_->get();
  if (!members) {
    reply.answer(std::unexpected(members.error()));
    co_return;
  }
  const auto list = co_await members->call(Members::List{}, kPatience);
  if (!list) {
    reply.answer(std::unexpected(list.error()));
    co_return;
  }
  const auto id = ++last_id_;
  const auto open =
      open_.emplace(id, Open{.awaited = {}, .answers = {}, .reply = std::move(reply)});
  for (const auto& member : *list) {
    if (member.is_up) open.first->second.awaited.insert(member.node.node);
  }
  if (open.first->second.awaited.empty()) {
    close(open.first);
    co_return;
  }
  send_after(kPatience, Overdue{id});
  bus_->tell_all(Kind::question, db::to_bytes(Question{.id = id, .what = std::move(what)}));
}

void Questions::handle(const Asked& message) {
  const auto known = known_.find(message.question.what);
  Answer answer{.id = message.question.id, .is_known = known != known_.end(), .text = {}};
  if (answer.is_known) answer.text = known->second();
  bus_->tell(message.from.node, Kind::answer, db::to_bytes(answer));
  ++answered_;
}

void Questions::handle(Answered message) {
  const auto found = open_.find(message.answer.id);
  if (found == open_.end()) return;
  Open& open = found->second;
  if (open.awaited.erase(message.from.node) == 0) return;
  open.answers.push_back(
      {.node = message.from.node,
       .text = std::move(message.answer.text),
       .trouble = message.answer.is_known ? "" : "its release does not know this question"});
  if (open.awaited.empty()) close(found);
}

void Questions::handle(Overdue message) {
  const auto found = open_.find(message.id);
  if (found == open_.end()) return;
  for (const auto& node : found->second.awaited) {
    const auto trouble = fmt::format("has not answered within {} s", kPatience.count());
    found->second.answers.push_back({.node = node, .text = {}, .trouble = trouble});
  }
  close(found);
}

void Questions::close(std::map<std::int64_t, Open>::iterator open) {
  auto done = std::move(open->second);
  open_.erase(open);
  std::ranges::sort(done.answers, {}, &NodeAnswer::node);
  done.reply.answer(std::move(done.answers));
}

std::string Questions::describe() const {
  return fmt::format("{} questions asked, {} of them open; {} answered", last_id_, open_.size(),
                     answered_);
}

}  // namespace coppice::app::cluster
