#include "app/nodes/sent_batch.hpp"

#include <utility>

namespace coppice::app::nodes {

using actors::Errc;

SentCommand to_sent(const db::Command& command, std::chrono::milliseconds left) {
  return {.name = command.name,
          .arguments = command.arguments,
          .idempotency_key = command.idempotency_key,
          .intent = command.intent,
          .milliseconds = left.count()};
}

db::Command from_sent(SentCommand sent) {
  return {.name = std::move(sent.name),
          .arguments = std::move(sent.arguments),
          .idempotency_key = std::move(sent.idempotency_key),
          .intent = std::move(sent.intent)};
}

SentResult to_sent(const db::CommandResult& result) {
  if (!result) {
    return {.error = std::to_underlying(result.error().code), .text = result.error().context};
  }
  return {.error = 0,
          .text = result->value,
          .epoch = result->position.epoch,
          .sequence = result->position.sequence};
}

db::CommandResult from_sent(SentResult sent) {
  if (sent.error != 0) return actors::fail(static_cast<Errc>(sent.error), std::move(sent.text));
  return db::CommandReply{.value = std::move(sent.text), .position = {sent.epoch, sent.sequence}};
}

}  // namespace coppice::app::nodes
