#include "net/tls/certificates.hpp"

#include <sys/stat.h>
#include <utility>

#include "net/tls/context.hpp"

namespace coppice::net::tls {

using actors::Result;

Result<std::shared_ptr<Certificates>> Certificates::load(Files files) {
  // The constructor is private.
  std::shared_ptr<Certificates> made(new Certificates(std::move(files)));
  made->seen_ = made->look();  // before they are read: what changes meanwhile is read again
  auto context = make_context(made->files_);
  if (!context) return std::unexpected(std::move(context.error()));
  made->context_ = std::move(*context);
  return made;
}

std::shared_ptr<Certificates> Certificates::fixed(std::shared_ptr<SSL_CTX> context) {
  std::shared_ptr<Certificates> made(new Certificates({}));
  made->context_ = std::move(context);
  return made;
}

std::shared_ptr<SSL_CTX> Certificates::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

Result<bool> Certificates::reload_if_changed() {
  {
    const std::lock_guard lock(mutex_);
    const auto now = look();
    if (now == seen_) return false;
    seen_ = now;
  }
  auto context = make_context(files_);
  if (!context) return std::unexpected(std::move(context.error()));
  const std::lock_guard lock(mutex_);
  context_ = std::move(*context);
  return true;
}

std::string Certificates::describe() const {
  return describe_certificate(*context()) + ", from " + files_.certificate.string();
}

Certificates::Stamps Certificates::look() const {
  return {stamp_of(files_.certificate), stamp_of(files_.key)};
}

Certificates::Stamp Certificates::stamp_of(const std::filesystem::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  const auto nanoseconds = [](const timespec& at) {
    constexpr std::int64_t kInASecond = 1'000'000'000;
    return at.tv_sec * kInASecond + at.tv_nsec;
  };
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

}  // namespace coppice::net::tls
