#include "db/backup/archive.hpp"

#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>
#include <zstd.h>

#include <fmt/format.h>

#include "db/backup/file.hpp"
#include "db/digest.hpp"

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::byte>;

// The manifest's frame: a magic number that says "skip this", the length of what follows, JSON and
// blanks. Integers are little-endian, as on every machine that Debian 12 and Clang's SQLite meet.
constexpr std::size_t kFrameSize = 1024;
constexpr std::size_t kFrameHeader = 8;
constexpr std::array<unsigned char, kFrameHeader> kFrameStart = {
    0x50, 0x2a, 0x4d, 0x18, (kFrameSize - kFrameHeader) & 0xff, (kFrameSize - kFrameHeader) >> 8U,
    0,    0};

// An archive goes to the disk little by little: one large sync at the end would hold up the
// writer's own.
constexpr std::uint64_t kBytesBetweenSyncs = 8UL << 20U;

struct FreeZstd {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

std::unexpected<actors::Error> stopped() {
  return fail(Errc::cancelled, "the backup was told to stop");
}

std::unexpected<actors::Error> damaged(const fs::path& archive, std::string_view what) {
  return fail(Errc::corrupt, fmt::format("{} is damaged: {}", archive.string(), what));
}

Bytes frame_of(const BackupManifest& manifest) {
  const std::string json = to_json(manifest);
  if (json.size() > kFrameSize - kFrameHeader) throw std::length_error("manifest: " + json);
  Bytes frame(kFrameSize, std::byte{' '});
  std::memcpy(frame.data(), kFrameStart.data(), kFrameHeader);
  std::memcpy(frame.data() + kFrameHeader, json.data(), json.size());
  frame.back() = std::byte{'\n'};
  return frame;
}

/// A file that counts what is written to it.
class Output {
 public:
  /// @param bytes_between_syncs  0 for none.
  Output(File file, std::uint64_t bytes_between_syncs)
      : file_(std::move(file)), bytes_between_syncs_(bytes_between_syncs) {}

  Result<void> write(std::span<const std::byte> bytes) {
    if (auto written = file_.write(bytes); !written) return written;
    written_ += bytes.size();
    since_sync_ += bytes.size();
    if (bytes_between_syncs_ == 0 || since_sync_ < bytes_between_syncs_) return {};
    since_sync_ = 0;
    return file_.sync();
  }

  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }
  [[nodiscard]] File& file() noexcept { return file_; }

 private:
  File file_;
  const std::uint64_t bytes_between_syncs_;
  std::uint64_t written_ = 0;
  std::uint64_t since_sync_ = 0;
};

class Compressor {
 public:
  explicit Compressor(Output& output)
      : output_(output), context_(ZSTD_createCCtx()), buffer_(ZSTD_CStreamOutSize()) {
    if (!context_) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  /// @param last  Whether nothing comes after these bytes.
  Result<void> add(std::span<const std::byte> bytes, bool last) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
      const auto left =
          ZSTD_compressStream2(context_.get(), &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left) != 0) {
        return fail(Errc::system_limit, fmt::format("zstd: {}", ZSTD_getErrorName(left)));
      }
      if (auto done = output_.write({buffer_.data(), out.pos}); !done) return done;
      if (last ? left == 0 : in.pos == in.size) return {};
    }
  }

 private:
  Output& output_;
  std::unique_ptr<ZSTD_CCtx, FreeZstd> context_;
  Bytes buffer_;
};

class Decompressor {
 public:
  Decompressor() : context_(ZSTD_createDCtx()), buffer_(ZSTD_DStreamOutSize()) {
    if (!context_) throw std::bad_alloc();
  }

  /// Gives what the bytes decompress to, in parts, to `take(span) -> Result<void>`.
  template <class Take>
  Result<void> add(std::span<const std::byte> bytes, const fs::path& archive, Take&& take) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    bool more = true;
    while (more) {
      ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
      const auto left = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(left) != 0) return damaged(archive, ZSTD_getErrorName(left));
      is_complete_ = left == 0;
      if (auto done = take(std::span<const std::byte>(buffer_.data(), out.pos)); !done) return done;
      // A full buffer may not have been all that there is.
      more = in.pos < in.size || (out.pos == out.size && !is_complete_);
    }
    return {};
  }

  [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }

 private:
  std::unique_ptr<ZSTD_DCtx, FreeZstd> context_;
  Bytes buffer_;
  bool is_complete_ = false;
};

Result<void> compress(File& input, Output& output, BackupManifest& manifest,
                      const std::stop_token& stop, const Report& report) {
  const auto total = input.size();
  if (!total) return std::unexpected(total.error());
  Compressor compressor(output);
  Sha256 sum;
  Bytes buffer(ZSTD_CStreamInSize());
  for (bool last = false; !last;) {
    if (stop.stop_requested()) return stopped();
    const auto got = input.read(buffer);
    if (!got) return std::unexpected(got.error());
    last = *got < buffer.size();
    const std::span<const std::byte> bytes(buffer.data(), *got);
    sum.add(bytes);
    manifest.database_bytes += bytes.size();
    if (auto done = compressor.add(bytes, last); !done) return done;
    tell(report, {"compressing", manifest.database_bytes, *total, kBytes});
  }
  manifest.sha256 = sum.finish();
  return {};
}

Result<BackupManifest> manifest_in(File& file, const fs::path& archive) {
  std::array<char, kFrameSize> frame{};
  const auto got = file.read(std::as_writable_bytes(std::span(frame)));
  if (!got) return std::unexpected(got.error());
  if (*got < kFrameSize || std::memcmp(frame.data(), kFrameStart.data(), kFrameHeader) != 0) {
    return fail(Errc::corrupt,
                archive.string() + " is no backup: it doesn't begin with a manifest");
  }
  auto manifest = parse_manifest({frame.data() + kFrameHeader, kFrameSize - kFrameHeader});
  if (!manifest) {
    const auto code = manifest.error().code;
    return fail(code == Errc::malformed ? Errc::corrupt : code,
                fmt::format("{}: {}", archive.string(), manifest.error().context));
  }
  const auto size = file.size();
  if (!size) return std::unexpected(size.error());
  if (*size == manifest->archive_bytes) return manifest;
  return damaged(archive,
                 fmt::format("it has {} bytes and should have {}", *size, manifest->archive_bytes));
}

Result<void> decompress(File& input, Output& output, const fs::path& archive,
                        const BackupManifest& manifest, const std::stop_token& stop,
                        const Report& report) {
  Decompressor decompressor;
  Sha256 sum;
  const auto keep = [&](std::span<const std::byte> bytes) -> Result<void> {
    sum.add(bytes);
    // Never more than was announced: damage must not fill the disk.
    if (output.written() + bytes.size() <= manifest.database_bytes) return output.write(bytes);
    return damaged(archive, "there is more in it than its manifest says");
  };
  Bytes buffer(ZSTD_DStreamInSize());
  for (bool last = false; !last;) {
    if (stop.stop_requested()) return stopped();
    const auto got = input.read(buffer);
    if (!got) return std::unexpected(got.error());
    last = *got < buffer.size();
    if (*got == 0) break;
    if (auto done = decompressor.add({buffer.data(), *got}, archive, keep); !done) return done;
    tell(report, {"unpacking", output.written(), manifest.database_bytes, kBytes});
  }
  if (!decompressor.is_complete() || output.written() != manifest.database_bytes) {
    return damaged(archive, "its end is missing");
  }
  if (sum.finish() == manifest.sha256) return {};
  return damaged(archive, "the checksum of its content is not the manifest's");
}

}  // namespace

Result<BackupManifest> write_archive(const fs::path& database, const fs::path& archive,
                                     BackupManifest manifest, const std::stop_token& stop,
                                     const Report& report) {
  auto input = File::open(database);
  if (!input) return std::unexpected(std::move(input.error()));
  auto created = File::create(archive);
  if (!created) return std::unexpected(std::move(created.error()));
  Output output(std::move(*created), kBytesBetweenSyncs);
  // The frame's place; what belongs there is known at the end.
  if (auto done = output.write(Bytes(kFrameSize)); !done) return std::unexpected(done.error());
  manifest.database_bytes = 0;
  if (auto done = compress(*input, output, manifest, stop, report); !done) {
    return std::unexpected(done.error());
  }
  manifest.archive_bytes = output.written();
  if (auto done = output.file().write_at_start(frame_of(manifest)); !done) {
    return std::unexpected(done.error());
  }
  if (auto done = output.file().sync(); !done) return std::unexpected(done.error());
  return manifest;
}

Result<BackupManifest> read_manifest(const fs::path& archive) {
  auto file = File::open(archive);
  if (!file) return std::unexpected(std::move(file.error()));
  return manifest_in(*file, archive);
}

Result<BackupManifest> extract_archive(const fs::path& archive, const fs::path& database,
                                       const std::stop_token& stop, const Report& report) {
  auto input = File::open(archive);
  if (!input) return std::unexpected(std::move(input.error()));
  auto manifest = manifest_in(*input, archive);
  if (!manifest) return manifest;
  auto created = File::create(database);
  if (!created) return std::unexpected(std::move(created.error()));
  Output output(std::move(*created), 0);
  if (auto done = decompress(*input, output, archive, *manifest, stop, report); !done) {
    return std::unexpected(std::move(done.error()));
  }
  return manifest;
}

}  // namespace coppice::db
