#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace coppice::db {

/// The SHA-256 (FIPS 180-4) of bytes that come one part after the other. Its functions throw
/// std::runtime_error should OpenSSL refuse. Thread: one at a time.
class Sha256 {
 public:
  Sha256();

  void add(std::span<const std::byte> bytes);
  /// Of everything added, as 64 hexadecimal digits. Ends the sum: nothing can be added any more.
  [[nodiscard]] std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// That of one text, as sha256sum(1) prints it. Thread: any.
[[nodiscard]] std::string sha256_of(std::string_view text);

}  // namespace coppice::db
