#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include <boost/asio/ip/address.hpp>

namespace coppice::net::server {

/// How many connections each address has. It remembers none that has none.
///
/// Thread: any.
class AddressCounts : public std::enable_shared_from_this<AddressCounts> {
 public:
  /// One connection, until it is destroyed.
  class Seat {
   public:
    Seat() = default;
    Seat(std::shared_ptr<AddressCounts> counts, std::uint64_t key) noexcept
        : counts_(std::move(counts)), key_(key) {}
    Seat(Seat&& other) noexcept = default;
    Seat& operator=(Seat&& other) noexcept;
    ~Seat() { leave(); }

   private:
    void leave() noexcept;
    std::shared_ptr<AddressCounts> counts_;  // null if nobody counts
    std::uint64_t key_ = 0;
  };

  /// @param most  For each address; 0 for no limit, and then nothing is counted.
  [[nodiscard]] static std::shared_ptr<AddressCounts> make(std::size_t most);

  /// Nothing if the address has as many as it may.
  [[nodiscard]] std::optional<Seat> take_seat(const boost::asio::ip::address& address);

 private:
  explicit AddressCounts(std::size_t most) : most_(most) {}
  void leave(std::uint64_t key) noexcept;

  const std::size_t most_;
  std::mutex mutex_;  // guards what follows
  std::unordered_map<std::uint64_t, std::size_t> counts_;
};

}  // namespace coppice::net::server
