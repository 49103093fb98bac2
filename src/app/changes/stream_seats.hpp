#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include <boost/asio/ip/address.hpp>

#include "net/server/address_counts.hpp"

namespace coppice::app::changes {

/// How many event streams there may be: each holds a connection for as long as its client likes.
///
/// Thread: any.
class StreamSeats {
 public:
  static constexpr std::size_t kMost = 1'000;
  static constexpr std::size_t kMostOfAddress = 50;

  /// One stream, until it is destroyed.
  struct Seat {
    net::server::AddressCounts::Seat among_all;
    net::server::AddressCounts::Seat of_address;
  };

  /// Nothing if there are as many as may be, in all or of that address.
  [[nodiscard]] std::optional<Seat> take(const boost::asio::ip::address& address) {
    auto among_all = all_->take_seat({});
    if (!among_all) return std::nullopt;
    auto of_address = addresses_->take_seat(address);
    if (!of_address) return std::nullopt;
    return Seat{std::move(*among_all), std::move(*of_address)};
  }

 private:
  const std::shared_ptr<net::server::AddressCounts> all_ = net::server::AddressCounts::make(kMost);
  const std::shared_ptr<net::server::AddressCounts> addresses_ =
      net::server::AddressCounts::make(kMostOfAddress);
};

}  // namespace coppice::app::changes
