#include "db/idempotency.hpp"

#include <cstddef>
#include <string>
#include <tuple>

#include <fmt/format.h>

#include "db/connection.hpp"
#include "db/digest.hpp"
#include "db/query.hpp"

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

BlobView blob(std::string_view bytes) { return std::as_bytes(std::span(bytes)); }

std::string text_of(BlobView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string digest_of_intent(const Command& command) {
  return sha256_of(command.intent.empty() ? command.arguments : command.intent);
}

Result<void> check_length(const Command& command) {
  if (command.idempotency_key.size() <= kLongestIdempotencyKey) return {};
  return fail(Errc::too_large, fmt::format("an idempotency key has at most {} bytes, not {}",
                                           kLongestIdempotencyKey, command.idempotency_key.size()));
}

}  // namespace

Result<std::optional<CommandReply>> find_earlier_reply(Connection& connection,
                                                       const Command& command) {
  if (auto short_enough = check_length(command); !short_enough) {
    return std::unexpected(std::move(short_enough.error()));
  }
  const auto row = query_one<std::string, std::string, Blob, std::int64_t, std::int64_t>(
      connection,
      "SELECT command, arguments_sha256, reply, epoch, sequence FROM coppice_idempotency_keys "
      "WHERE key = ?",
      command.idempotency_key);
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  const auto& [name, digest, reply, epoch, sequence] = **row;
  if (name != command.name || digest != digest_of_intent(command)) {
    return fail(Errc::conflict, fmt::format("idempotency key \"{}\" stands for another command: "
                                            "use a new key for each new intent",
                                            command.idempotency_key));
  }
  return CommandReply{text_of(reply), {epoch, sequence}};
}

Result<void> remember_reply(Connection& connection, const Command& command,
                            const CommandReply& reply) {
  return connection.execute(
      "INSERT INTO coppice_idempotency_keys "
      "(key, command, arguments_sha256, reply, epoch, sequence, used_at) "
      "VALUES (?, ?, ?, ?, ?, ?, CAST(strftime('%s', 'now') AS INTEGER))",
      command.idempotency_key, command.name, digest_of_intent(command), blob(reply.value),
      reply.position.epoch, reply.position.sequence);
}

Result<std::int64_t> forget_replies(Connection& connection, std::int64_t before,
                                    std::int64_t most) {
  auto done = connection.execute(
      "DELETE FROM coppice_idempotency_keys WHERE key IN "
      "(SELECT key FROM coppice_idempotency_keys WHERE used_at < ? ORDER BY used_at LIMIT ?)",
      before, most);
  if (!done) return std::unexpected(std::move(done.error()));
  return connection.changes();
}

}  // namespace coppice::db
