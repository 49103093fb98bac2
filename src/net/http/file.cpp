#include "net/http/file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace coppice::net::http {
namespace {

using actors::Errc;

actors::Errc code_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG: return Errc::not_found;
    case EACCES:
    case EPERM: return Errc::forbidden;
    default: return Errc::io_error;
  }
}

std::unexpected<actors::Error> failed(int error, const std::string& what) {
  return actors::fail(code_of(error), what + ": " + std::generic_category().message(error));
}

}  // namespace

actors::Result<std::shared_ptr<const File>> File::open(const std::string& path) {
  // Without O_NONBLOCK a pipe in a file's place would stop the shard.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return failed(errno, path);
  struct stat found{};
  const bool known = ::fstat(descriptor, &found) == 0;
  const int error = errno;
  std::shared_ptr<const File> file(
      new File(descriptor, static_cast<std::uint64_t>(known ? found.st_size : 0), found.st_mtime));
  if (!known) return failed(error, path);
  if (!S_ISREG(found.st_mode)) return actors::fail(Errc::not_found, path + " is no regular file");
  return file;
}

File::~File() { ::close(descriptor_); }

actors::Result<std::size_t> File::read(std::uint64_t offset, std::span<char> into) const {
  for (;;) {
    const auto got = ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return failed(errno, "a file could not be read");
  }
}

void File::prefetch(std::uint64_t offset, std::uint64_t size) const noexcept {
  ::posix_fadvise(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(size),
                  POSIX_FADV_WILLNEED);
}

}  // namespace coppice::net::http
