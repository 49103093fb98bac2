#include "app/http/sign_in_limits.hpp"

#include <algorithm>
#include <array>

#include <boost/asio/ip/address_v6.hpp>

#include "app/content/unicode.hpp"

namespace coppice::app::http {
namespace {

using accounts::AttemptKey;
using accounts::AttemptRule;
using actors::Duration;
using actors::Time;
using boost::asio::ip::address;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const AttemptRule kBoth{.free_attempts = 5,
                        .first_wait = seconds(1),
                        .longest_wait = minutes(15),
                        .forget_after = hours(1)};
const AttemptRule kOneAddress{.free_attempts = 20,
                              .first_wait = seconds(1),
                              .longest_wait = minutes(15),
                              .forget_after = hours(1)};
const AttemptRule kOneAccount{.free_attempts = 50,
                              .first_wait = seconds(1),
                              .longest_wait = seconds(30),
                              .forget_after = hours(1)};
const AttemptRule kMailsToOne{.free_attempts = 3,
                              .first_wait = minutes(1),
                              .longest_wait = hours(1),
                              .forget_after = hours(2)};
const AttemptRule kMailsForOne{.free_attempts = 20,
                               .first_wait = minutes(1),
                               .longest_wait = hours(1),
                               .forget_after = hours(2)};

std::array<AttemptKey, 3> sign_in_keys(const std::string& email, const address& client) {
  const std::string account = content::ascii_lowered(email);
  const std::string network = network_of(client);
  return {AttemptKey{"sign-in both " + network + " " + account, kBoth},
          AttemptKey{"sign-in account " + account, kOneAccount},
          AttemptKey{"sign-in address " + network, kOneAddress}};
}

AttemptKey link_key(const address& client) {
  return {"link address " + network_of(client), kOneAddress};
}

}  // namespace

std::optional<Duration> SignInLimits::admit_sign_in(const std::string& email, const address& client,
                                                    Time now) {
  return limiter_.admit(sign_in_keys(email, client), now);
}

void SignInLimits::signed_in(const std::string& email, const address& client) {
  const auto [both, account, one_address] = sign_in_keys(email, client);
  limiter_.forget(both);
  limiter_.forget(account);
  // Whoever has an account of their own must not be able to guess at others between.
  limiter_.take_back(one_address);
}

void SignInLimits::take_back_sign_in(const std::string& email, const address& client) {
  for (const auto& key : sign_in_keys(email, client)) limiter_.take_back(key);
}

std::optional<Duration> SignInLimits::admit_mail(const std::string& email, const address& client,
                                                 Time now) {
  const std::array keys = {AttemptKey{"mail account " + content::ascii_lowered(email), kMailsToOne},
                           AttemptKey{"mail address " + network_of(client), kMailsForOne}};
  return limiter_.admit(keys, now);
}

std::optional<Duration> SignInLimits::admit_link(const address& client, Time now) {
  const auto key = link_key(client);
  return limiter_.admit({&key, 1}, now);
}

void SignInLimits::link_was_good(const address& client) { limiter_.take_back(link_key(client)); }

std::string network_of(const address& client) {
  if (!client.is_v6()) return client.to_string();
  auto bytes = client.to_v6().to_bytes();
  std::fill(bytes.begin() + bytes.size() / 2, bytes.end(), static_cast<unsigned char>(0));
  return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

}  // namespace coppice::app::http
