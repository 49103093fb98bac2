#include "net/server/address_counts.hpp"

#include <utility>

#include "net/http/plugs/rate_limit.hpp"

namespace coppice::net::server {

AddressCounts::Seat& AddressCounts::Seat::operator=(Seat&& other) noexcept {
  if (this == &other) return *this;
  leave();
  counts_ = std::move(other.counts_);
  key_ = other.key_;
  return *this;
}

void AddressCounts::Seat::leave() noexcept {
  if (const auto counts = std::exchange(counts_, nullptr)) counts->leave(key_);
}

std::shared_ptr<AddressCounts> AddressCounts::make(std::size_t most,
                                                   std::vector<AddressRange> unlimited) {
  return std::shared_ptr<AddressCounts>(new AddressCounts(most, std::move(unlimited)));
}

std::optional<AddressCounts::Seat> AddressCounts::take_seat(
    const boost::asio::ip::address& address) {
  std::optional<std::uint64_t> key;
  if (most_ > 0 && !net::contains(unlimited_, address)) key = http::plugs::client_key(address);
  if (key && !take(*key)) return std::nullopt;
  total_.fetch_add(1, std::memory_order_relaxed);
  return Seat(shared_from_this(), key);
}

bool AddressCounts::take(std::uint64_t key) {
  const std::lock_guard lock(mutex_);
  auto& count = counts_[key];
  if (count >= most_) return false;
  ++count;
  return true;
}

void AddressCounts::leave(std::optional<std::uint64_t> key) noexcept {
  total_.fetch_sub(1, std::memory_order_relaxed);
  if (!key) return;
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(*key);
  if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

}  // namespace coppice::net::server
