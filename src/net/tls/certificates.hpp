#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include <openssl/types.h>

#include "actors/result.hpp"

namespace coppice::net::tls {

/// What a TLS server shows and proves itself with: files in PEM form.
struct Files {
  std::filesystem::path certificate;  ///< The server's own first, then those that vouch for it.
  std::filesystem::path key;          ///< Of the server's own; not encrypted.
};

/// The certificate in use, which can be replaced while connections use it: those keep what they
/// began with, the next ones get the new one.
///
/// Speaks TLS 1.2 and 1.3 with forward secrecy, HTTP/1.1 by ALPN, and resumes sessions by tickets.
///
/// Thread: any.
class Certificates {
 public:
  /// Errors: not_found, forbidden or io_error for a file; malformed for what is no certificate or
  /// no key; conflict for a key that belongs to another certificate. The context names the file.
  [[nodiscard]] static actors::Result<std::shared_ptr<Certificates>> load(Files files);

  /// One that is never replaced, since it comes from no files.
  [[nodiscard]] static std::shared_ptr<Certificates> fixed(std::shared_ptr<SSL_CTX> context);

  [[nodiscard]] std::shared_ptr<SSL_CTX> context() const;
  [[nodiscard]] bool come_from_files() const noexcept { return !files_.certificate.empty(); }

  /// Looks at the files, and loads them if they are others than those that were looked at last.
  /// True if there is a new certificate in use.
  /// Errors: those of load(), once for each change; what was in use stays.
  [[nodiscard]] actors::Result<bool> reload_if_changed();

  /// For people: "CN=localhost, until 2027-01-01T00:00:00Z, from cert.pem".
  [[nodiscard]] std::string describe() const;

  [[nodiscard]] const Files& files() const noexcept { return files_; }

 private:
  /// What of a file changes when it is written to or exchanged.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = -1;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;  // also by who may read it
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  using Stamps = std::array<Stamp, 2>;

  explicit Certificates(Files files) : files_(std::move(files)) {}
  [[nodiscard]] Stamps look() const;
  [[nodiscard]] static Stamp stamp_of(const std::filesystem::path& path);

  const Files files_;
  mutable std::mutex mutex_;
  std::shared_ptr<SSL_CTX> context_;  // guarded by the mutex
  Stamps seen_;                       // guarded by the mutex
};

}  // namespace coppice::net::tls
