#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "actors/time.hpp"
#include "app/accounts/attempt_limiter.hpp"

namespace coppice::app::http {

/// How often somebody may try to sign in, or have a mail sent. Counted by account and address, each
/// alone and both together, whether or not there is such an account, so that neither one address
/// gets at many accounts nor many addresses at one; and so that strangers can't shut the owner out
/// for long: only who guesses from one address at one account waits for minutes.
///
/// Thread: any.
class SignInLimits {
 public:
  /// How long to wait; nothing to go ahead, which counts as an attempt.
  [[nodiscard]] std::optional<actors::Duration> admit_sign_in(
      const std::string& email, const boost::asio::ip::address& client, actors::Time now);
  /// The password was right.
  void signed_in(const std::string& email, const boost::asio::ip::address& client);
  /// The attempt came to nothing, through no fault of who made it.
  void take_back_sign_in(const std::string& email, const boost::asio::ip::address& client);

  [[nodiscard]] std::optional<actors::Duration> admit_mail(const std::string& email,
                                                           const boost::asio::ip::address& client,
                                                           actors::Time now);
  /// For links' secrets and codes of providers, which can't be guessed, but cost work.
  [[nodiscard]] std::optional<actors::Duration> admit_link(const boost::asio::ip::address& client,
                                                           actors::Time now);

  void link_was_good(const boost::asio::ip::address& client);

 private:
  accounts::AttemptLimiter limiter_;
};

/// What stands for who has it: of IPv6 the network of 64 bits that one customer gets.
[[nodiscard]] std::string network_of(const boost::asio::ip::address& address);

}  // namespace coppice::app::http
