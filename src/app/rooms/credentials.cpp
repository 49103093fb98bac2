#include "app/rooms/credentials.hpp"

#include <optional>
#include <utility>

#include <boost/asio/use_awaitable.hpp>

namespace coppice::app::rooms {
namespace {

using accounts::Accounts;
using accounts::KeyPurpose;
using accounts::Principal;
using actors::Errc;
using actors::Result;
using net::channels::ConnectInfo;

constexpr boost::asio::use_awaitable_t<net::Executor> kAwait{};

std::optional<std::string> token_of(const ConnectInfo& info) {
  if (info.auth_token && !info.auth_token->empty()) return info.auth_token;
  const auto param = info.params.get("token");
  if (!param || param->empty()) return std::nullopt;
  return std::string(*param);
}

net::Awaitable<Result<PrincipalPtr>> by_token(Accounts accounts, std::string token) {
  auto task = accounts.by_connect_token(std::move(token));
  auto principal =
      co_await db::run_task<std::optional<Principal>>(std::move(task), kCredentialTimeout, kAwait);
  if (!principal) co_return std::unexpected(std::move(principal.error()));
  if (!*principal) co_return actors::fail(Errc::unauthorized, "the token is not valid");
  co_return std::make_shared<const Principal>(*std::move(*principal));
}

/// A cookie that proves nothing is no reason to refuse: browsers send it unasked.
net::Awaitable<Result<PrincipalPtr>> by_cookie(Accounts accounts, std::string sealed,
                                               std::string csrf_token) {
  auto secret = accounts.keys().open(KeyPurpose::session_cookie, sealed, accounts.now());
  if (!secret) co_return PrincipalPtr();
  auto task = accounts.by_session(*std::move(secret));
  auto principal =
      co_await db::run_task<std::optional<Principal>>(std::move(task), kCredentialTimeout, kAwait);
  if (!principal) co_return std::unexpected(std::move(principal.error()));
  if (!*principal) co_return PrincipalPtr();
  const auto& hash = (*principal)->session_hash;
  if (!accounts.keys().verify(KeyPurpose::csrf_token, hash, csrf_token)) co_return PrincipalPtr();
  co_return std::make_shared<const Principal>(*std::move(*principal));
}

}  // namespace

net::Awaitable<Result<PrincipalPtr>> identify(Accounts accounts, ConnectInfo info) {
  if (auto token = token_of(info)) {
    co_return co_await by_token(std::move(accounts), *std::move(token));
  }
  const auto csrf_token = info.params.get("_csrf_token");
  if (!info.session_cookie || !csrf_token) co_return PrincipalPtr();
  co_return co_await by_cookie(std::move(accounts), *std::move(info.session_cookie),
                               std::string(*csrf_token));
}

}  // namespace coppice::app::rooms
