#include "app/admin/account_routes.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "app/admin/account_orders.hpp"
#include "app/admin/account_schemas.hpp"
#include "app/admin/answer_schemas.hpp"
#include "app/admin/parameters.hpp"
#include "app/admin/route_docs.hpp"
#include "app/admin/server_accounts.hpp"
#include "app/reindex.hpp"

namespace coppice::app::admin {
namespace {

using actors::Result;
using net::Awaitable;
using net::http::RequestPtr;
using net::http::Response;
using PartsPtr = std::shared_ptr<const AccountParts>;
using WorkPtr = std::shared_ptr<Work>;

constexpr std::chrono::seconds kLookTimeout(1);  // looks wait for nobody longer
constexpr std::chrono::seconds kFindTimeout(5);

Result<std::string> look(const AccountParts& parts, const AccountLook& what,
                         const std::string& email, const std::string& database) {
  if (auto meant = require_database(parts.accounts.database(), database); !meant) {
    return std::unexpected(std::move(meant.error()));
  }
  ServerAccounts keeper(parts.runtime, parts.accounts, kLookTimeout);
  return what.run(keeper, email);
}

Result<std::string> run(const AccountParts& parts, const AccountOrder& order,
                        const http::JsonBody& form, const std::string& database) {
  if (auto meant = require_database(parts.accounts.database(), database); !meant) {
    return std::unexpected(std::move(meant.error()));
  }
  ServerAccounts keeper(parts.runtime, parts.accounts, kFindTimeout);
  return order.run(keeper, form);
}

Awaitable<Response> show_all_users(WorkPtr work, PartsPtr parts, RequestPtr request) {
  const auto database = http::QueryParameters(*request).text("database");
  if (!database) co_return explained(database.error());
  Work::Job job = [parts, database = *database] {
    return answered(look(*parts, kShowUsers, "", database));
  };
  co_return co_await work->look(*request, std::move(job));
}

Awaitable<Response> show_tokens_of(WorkPtr work, PartsPtr parts, RequestPtr request) {
  const http::QueryParameters parameters(*request);
  const auto email = required(parameters, "email");
  if (!email) co_return explained(email.error());
  const auto database = parameters.text("database");
  if (!database) co_return explained(database.error());
  Work::Job job = [parts, email = *email, database = *database] {
    return answered(look(*parts, kShowTokens, email, database));
  };
  co_return co_await work->look(*request, std::move(job));
}

Awaitable<Response> give(WorkPtr work, PartsPtr parts, AccountOrder order, RequestPtr request) {
  const auto database = http::QueryParameters(*request).text("database");
  if (!database) co_return explained(database.error());
  const auto form = http::JsonBody::parse(*request);
  if (!form) co_return explained(form.error());
  Work::Job job = [parts, order, form = *form, database = *database] {
    return answered(run(*parts, order, form, database));
  };
  co_return co_await work->question(*request, std::move(job));
}

QueryDoc meant() { return {"database", "the file that is meant"}; }

}  // namespace

net::http::Routes account_routes(std::shared_ptr<Work> work, AccountParts parts) {
  const auto shared = std::make_shared<const AccountParts>(std::move(parts));
  const auto bind = [&](Awaitable<Response> (*handle)(WorkPtr, PartsPtr, RequestPtr)) {
    return net::http::Handler([work, shared, handle](RequestPtr request) {
      return handle(work, shared, std::move(request));
    });
  };
  const auto post = [&](AccountOrder order, std::string summary, boost::json::object body,
                        boost::json::object answer) {
    const auto handle = [work, shared, order](RequestPtr request) {
      return give(work, shared, order, std::move(request));
    };
    return net::http::post(std::string(order.path), net::http::Handler(handle),
                           described(std::move(summary), {.query = {meant()},
                                                          .answers = {in_json(std::move(answer))},
                                                          .body = std::move(body)}));
  };
  return {
      net::http::get(
          std::string(kShowUsers.path), bind(show_all_users),
          described("The users", {.query = {meant()}, .answers = {in_json(schemas::users())}})),
      post(kAddUser, "Makes a user", schemas::user_to_add(), schemas::user()),
      post(kSetPassword, "Sets a user's password, and ends their sessions and bearer tokens",
           schemas::password_to_set(), schemas::user()),
      post(kSetRole, "Says what a user may do", schemas::role_to_set(), schemas::user()),
      post(kDisableUser, "Lets a user in no more", schemas::user_who_is_meant(), schemas::user()),
      post(kEnableUser, "Lets a disabled user in again", schemas::user_who_is_meant(),
           schemas::user()),
      net::http::get(std::string(kShowTokens.path), bind(show_tokens_of),
                     described("A user's bearer tokens",
                               {.query = {{"email", "the user's address", true}, meant()},
                                .answers = {in_json(schemas::tokens())}})),
      post(kCreateToken, "Makes a bearer token", schemas::token_to_create(), schemas::new_token()),
      post(kRevokeToken, "Has a bearer token let nobody in any more", schemas::token_to_revoke(),
           schemas::done()),
  };
}

}  // namespace coppice::app::admin
