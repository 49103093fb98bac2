#include "db/command.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

void CommandRegistry::add(std::string name, Function function) {
  const auto [entry, added] = functions_.try_emplace(std::move(name), std::move(function));
  if (!added) throw std::logic_error("two commands are named " + entry->first);
}

Result<std::string> CommandRegistry::run(Connection& db, const Command& command) const {
  const auto found = functions_.find(command.name);
  if (found == functions_.end()) {
    return fail(Errc::unsupported, fmt::format("there is no command {}", command.name));
  }
  return found->second(db, command.arguments);
}

}  // namespace coppice::db
