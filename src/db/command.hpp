#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "actors/result.hpp"
#include "db/codec.hpp"
#include "db/position.hpp"

namespace coppice::db {

class Connection;

/// A write, as data: it can be queued, logged, sent to another node and repeated.
struct Command {
  std::string name;
  std::string arguments;  ///< As the command's type encodes them (see codec.hpp).
  /// Names one intent across its retries; empty for none. See idempotency.hpp.
  std::string idempotency_key;
  /// What the key stands for where that isn't the arguments: what was asked, if the arguments were
  /// worked out from that and from what was stored, and so may be others the next time.
  std::string intent = {};
  /// The span that waits for it, as `traceparent`, for the node that runs it if that is another;
  /// empty without one. Of no concern to what the command does.
  std::string trace = {};
};

/// What a command achieved once its commit is durable.
struct CommandReply {
  std::string value;  ///< Encoded; see reply_of().
  Position position;  ///< A reader at this position or later sees the command's changes.
};

using CommandResult = actors::Result<CommandReply>;

[[nodiscard]] inline std::size_t byte_size(const Command& command) noexcept {
  return command.name.size() + command.arguments.size() + command.idempotency_key.size() +
         command.intent.size() + command.trace.size();
}

/// What one declaration of a command looks like: its name, its arguments, its result, its work.
///
///     struct CreateTag {
///       static constexpr std::string_view kName = "tags.create";
///       using Reply = std::int64_t;  // void where there is nothing to tell
///
///       std::string label;
///       auto fields(this auto& self) { return std::tie(self.label); }
///
///       actors::Result<Reply> run(Connection& db) const;
///     };
///
/// run() executes on the writer's thread; an error undoes its changes and no other's. It may run
/// again after a rollback that another command caused, so all its effects are on the connection,
/// and it leaves the transaction around it alone.
template <class C>
concept CommandType = detail::HasFields<C> && requires(const C& command, Connection& db) {
  { C::kName } -> std::convertible_to<std::string_view>;
  { command.run(db) } -> std::same_as<actors::Result<typename C::Reply>>;
};

/// A command's call, ready to be sent.
template <CommandType C>
[[nodiscard]] Command to_command(const C& arguments, std::string idempotency_key = {}) {
  return {std::string(C::kName), to_bytes(arguments), std::move(idempotency_key)};
}

/// The typed result from the bytes that the registry returned for a C. Errors: malformed.
template <CommandType C>
[[nodiscard]] actors::Result<typename C::Reply> reply_of(std::string_view bytes) {
  if constexpr (std::is_void_v<typename C::Reply>) {
    Decoder decoder(bytes);
    if (!decoder.null()) decoder.fail("no value of kind 'n'");
    return decoder.finish();
  } else {
    return from_bytes<typename C::Reply>(bytes);
  }
}

/// The commands that a writer knows. Filled before the writer starts, constant from then on.
class CommandRegistry {
 public:
  /// Decodes the arguments, does the work, encodes the result.
  using Function =
      std::function<actors::Result<std::string>(Connection& db, std::string_view arguments)>;

  /// Throws std::logic_error when the name is taken.
  void add(std::string name, Function function);

  template <CommandType C>
  void add() {
    add(std::string(C::kName), &run_typed<C>);
  }

  /// Runs a command as it is; see WriteBatch for the transaction around it.
  /// Errors: unsupported for an unknown name, malformed for arguments that don't decode, and those
  /// of the command.
  [[nodiscard]] actors::Result<std::string> run(Connection& db, const Command& command) const;

 private:
  template <CommandType C>
  static actors::Result<std::string> run_typed(Connection& db, std::string_view arguments) {
    const auto command = from_bytes<C>(arguments);
    if (!command) return std::unexpected(command.error());
    auto reply = command->run(db);
    if (!reply) return std::unexpected(std::move(reply.error()));
    if constexpr (std::is_void_v<typename C::Reply>) {
      Encoder nothing;
      nothing.null();
      return std::move(nothing).take();
    } else {
      return to_bytes(*reply);
    }
  }

  std::unordered_map<std::string, Function> functions_;
};

}  // namespace coppice::db
