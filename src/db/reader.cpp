#include "db/reader.hpp"

#include <fmt/format.h>

#include "db/statement_deadline.hpp"
#include "db/transaction.hpp"

namespace coppice::db {

using actors::Errc;
using actors::ExitReason;
using actors::fail;
using actors::Init;
using actors::Result;

Reader::Reader(std::filesystem::path path, std::shared_ptr<ReaderSlot> slot)
    : path_(std::move(path)), slot_(std::move(slot)) {}

Init Reader::init() {
  slot_->address.enter(runtime(), cell().place());
  auto connection = Connection::open({.path = path_, .read_only = true});
  if (!connection) return Init::stop(ExitReason::custom(connection.error().message()));
  connection_ = std::move(*connection);
  return Init::ok();
}

Result<void> Reader::handle(Read message) {
  ++reads_;
  const auto snapshot = Transaction::begin(*connection_, Transaction::Kind::deferred);
  if (!snapshot) return std::unexpected(snapshot.error());
  const StatementDeadline limit(*connection_, runtime().clock(), message.deadline);
  message.job->run(*connection_);
  if (!limit.has_struck()) return {};
  ++interrupted_;
  return fail(Errc::timeout, "the read was interrupted at its deadline");
}

std::string Reader::describe() const {
  const auto statements = connection_ ? connection_->statement_counts() : StatementCounts{};
  return fmt::format("{}, {} reads, {} interrupted, statements: {} prepared, {} reused",
                     path_.string(), reads_, interrupted_, statements.prepared, statements.reused);
}

}  // namespace coppice::db
