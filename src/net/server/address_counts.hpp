#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "net/address_range.hpp"

namespace coppice::net::server {

/// How many connections there are, and how many each address has that may not have any number. It
/// remembers no address that has none.
///
/// Thread: any.
class AddressCounts : public std::enable_shared_from_this<AddressCounts> {
 public:
  /// One connection, until it is destroyed.
  class Seat {
   public:
    Seat() = default;
    /// @param key  Of its address; nothing if that may have any number.
    Seat(std::shared_ptr<AddressCounts> counts, std::optional<std::uint64_t> key) noexcept
        : counts_(std::move(counts)), key_(key) {}
    Seat(Seat&& other) noexcept = default;
    Seat& operator=(Seat&& other) noexcept;
    ~Seat() { leave(); }

   private:
    void leave() noexcept;
    std::shared_ptr<AddressCounts> counts_;  // null if it is none, or has been moved from
    std::optional<std::uint64_t> key_;
  };

  /// @param most  For each address; 0 for no limit.
  /// @param unlimited  Those that may have any number all the same.
  [[nodiscard]] static std::shared_ptr<AddressCounts> make(
      std::size_t most, std::vector<AddressRange> unlimited = {});

  /// Nothing if the address has as many as it may.
  [[nodiscard]] std::optional<Seat> take_seat(const boost::asio::ip::address& address);

  /// Of all addresses together.
  [[nodiscard]] std::size_t total() const noexcept {
    return total_.load(std::memory_order_relaxed);
  }

 private:
  AddressCounts(std::size_t most, std::vector<AddressRange> unlimited)
      : most_(most), unlimited_(std::move(unlimited)) {}
  [[nodiscard]] bool take(std::uint64_t key);
  void leave(std::optional<std::uint64_t> key) noexcept;

  const std::size_t most_;
  const std::vector<AddressRange> unlimited_;
  std::atomic<std::size_t> total_{0};
  std::mutex mutex_;  // guards what follows
  std::unordered_map<std::uint64_t, std::size_t> counts_;
};

}  // namespace coppice::net::server
