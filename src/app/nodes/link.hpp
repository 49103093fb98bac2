#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "net/tls/shared_key.hpp"

namespace coppice::app::nodes {

/// The key of a cluster, which derives from its SECRET_KEY_BASE.
[[nodiscard]] net::tls::SharedKey key_of_cluster(const std::string& secret);

/// One node's way to the others: HTTPS, in which both sides prove that they have the cluster's key.
/// Connections are kept and used again.
///
/// Thread: any that may be blocked; several at a time.
class Link {
 public:
  /// @param port  Of nodes whose name has none.
  Link(net::tls::SharedKey key, std::uint16_t port);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  struct Answer {
    long status = 0;
    std::string body;
    [[nodiscard]] bool is_ok() const noexcept { return status == 200; }
  };

  /// Posts @p body to @p path of a node ("10.0.0.5:4001", "a.internal").
  /// @param headers  Lines beside those of each request; none of them may be empty.
  /// Errors: unavailable when there is nobody, and nothing has been asked; timeout when it is not
  /// known what has become of the request; cancelled.
  [[nodiscard]] actors::Result<Answer> post(const std::string& node, const std::string& path,
                                            const std::string& body,
                                            std::chrono::milliseconds timeout,
                                            const std::stop_token& stop,
                                            const std::vector<std::string>& headers = {});

 private:
  struct Handle;  // One connection, or the memory of one.

  [[nodiscard]] std::unique_ptr<Handle> take();
  void give_back(std::unique_ptr<Handle> handle);
  [[nodiscard]] std::string url_of(const std::string& node, const std::string& path) const;

  const net::tls::SharedKey key_;
  const std::uint16_t port_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Handle>> idle_;  // Guarded by the mutex.
};

}  // namespace coppice::app::nodes
