#include "app/accounts/api_token_request.hpp"

#include <utility>

namespace coppice::app::accounts {

namespace {
constexpr std::int64_t kSecondsPerDay = 86400;
}

std::expected<ApiTokenRequest, FieldProblems> api_token_request(std::string name, Scopes scopes,
                                                                std::int64_t days,
                                                                std::int64_t now) {
  FieldProblems problems;
  check_name(problems, name);
  auto checked = checked_scopes(std::move(scopes));
  if (!checked) problems.push_back({"scopes", checked.error().context, {}, 0});
  if (days < 0 || days > kMostTokenDays) {
    problems.push_back({"days", "must be from 0 to " + std::to_string(kMostTokenDays), {}, 0});
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return ApiTokenRequest{
      .name = std::move(name),
      .scopes = std::move(*checked),
      .expires_at = days == 0 ? std::nullopt : std::optional(now + days * kSecondsPerDay)};
}

}  // namespace coppice::app::accounts
