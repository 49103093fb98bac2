#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "actors/result.hpp"
#include "app/content/resource/record.hpp"
#include "app/content/resource/table.hpp"
#include "db/command.hpp"
#include "db/connection.hpp"

/// The commands that write records of any resource. What they are given was worked out before (see
/// plan_write.hpp), so that they cost the writer as little as can be.
///
/// Errors of all: those of to_error() for a unique field whose value is taken; stale_record() when
/// the record isn't at the position that was expected; not_found; those of the statements.
namespace coppice::app::content {

/// A record as a command left it. It is answered with just this, whatever has become of the record
/// since: also when the command is repeated with its idempotency key.
struct WrittenRecord {
  std::int64_t id = 0;
  std::string name;  ///< What it is addressed by; its id where that is how.
  std::string etag;
  std::string json;  ///< {"data":{…}}

  auto fields(this auto& self) { return std::tie(self.id, self.name, self.etag, self.json); }
};

struct CreateRecord {
  static constexpr std::string_view kName = "resource.create";
  using Reply = WrittenRecord;

  std::string resource;
  Record record;
  std::vector<std::string> tags;  ///< Sorted, each once.

  auto fields(this auto& self) { return std::tie(self.resource, self.record, self.tags); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db, const Table& table) const;
};

struct UpdateRecord {
  static constexpr std::string_view kName = "resource.update";
  using Reply = WrittenRecord;

  std::string resource;
  std::int64_t id = 0;
  std::string etag;  ///< The position that the changes were worked out at.
  Record changes;    ///< Nothing is written if this and the tags change nothing.
  std::optional<std::vector<std::string>> tags;

  auto fields(this auto& self) {
    return std::tie(self.resource, self.id, self.etag, self.changes, self.tags);
  }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db, const Table& table) const;
};

struct DeleteRecord {
  static constexpr std::string_view kName = "resource.delete";
  using Reply = void;

  std::string resource;
  std::int64_t id = 0;
  std::string etag;  ///< Empty for whatever it is by now.

  auto fields(this auto& self) { return std::tie(self.resource, self.id, self.etag); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db, const Table& table) const;
};

/// Makes the writer know them, for the resources of @p catalogue.
void add_resource_commands(db::CommandRegistry& registry,
                           std::shared_ptr<const Catalogue> catalogue);

}  // namespace coppice::app::content
