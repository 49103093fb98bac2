#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "actors/result.hpp"
#include "app/admin/account_orders.hpp"
#include "app/cli/account_options.hpp"

namespace coppice::app::cli {

/// Has the accounts looked at and changed: by the server that answers on the admin socket, or by
/// this process where none does, or where it has another database.
///
/// Answers are the requests', in JSON. Errors of both: the request's own; those of the file.
/// Thread: one; blocks.
class AccountDesk {
 public:
  explicit AccountDesk(const AccountOptions& options)
      : database_(options.database), socket_(options.socket) {}

  /// Needs no server even while one has the database.
  [[nodiscard]] actors::Result<std::string> look(const admin::AccountLook& what,
                                                 const std::string& email = {}) const;

  /// Errors: also unavailable when the database is in use and no server answers.
  [[nodiscard]] actors::Result<std::string> give(const admin::AccountOrder& order,
                                                 boost::json::object form) const;

 private:
  [[nodiscard]] std::string meant() const;

  std::string database_;
  std::string socket_;
};

}  // namespace coppice::app::cli
