#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

struct evp_md_ctx_st;

namespace coppice::db {

/// The SHA-256 of bytes that come one part after the other. Thread: one at a time.
class Checksum {
 public:
  Checksum();

  void add(std::span<const std::byte> bytes);
  /// Of everything added, as 64 hexadecimal digits. Ends the sum: nothing can be added any more.
  [[nodiscard]] std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace coppice::db
