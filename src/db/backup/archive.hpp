#pragma once

#include <filesystem>
#include <stop_token>

#include "actors/result.hpp"
#include "db/backup/manifest.hpp"
#include "db/progress.hpp"

/// A backup as one file: the manifest, then the database, compressed. The manifest is the first
/// KiB, a frame that decompressors skip; so `zstd -d` gives the database, and `head -c 1024` shows
/// what it is.
namespace coppice::db {

/// Compresses a database file into @p archive, which must not be there, and returns once it is on
/// the disk. Fills in the manifest's sizes and checksum, and returns it.
/// @param report  Is told of the phase "compressing", in bytes of the database.
/// Errors: those of File; cancelled when @p stop asks. Thread: any; blocks.
[[nodiscard]] actors::Result<BackupManifest> write_archive(const std::filesystem::path& database,
                                                           const std::filesystem::path& archive,
                                                           BackupManifest manifest,
                                                           const std::stop_token& stop,
                                                           const Report& report = {});

/// Reads the manifest and compares the file's size with it, no more.
/// Errors: corrupt for a file that is no whole backup; unsupported for a later Coppice's; those of
/// File.
[[nodiscard]] actors::Result<BackupManifest> read_manifest(const std::filesystem::path& archive);

/// Decompresses the database into @p database, which must not be there, without waiting until it
/// is on the disk.
/// @param report  Is told of the phase "unpacking", in bytes of the database.
/// Errors: those of read_manifest(); corrupt when the content isn't what was written; cancelled
/// when @p stop asks. Thread: any; blocks.
[[nodiscard]] actors::Result<BackupManifest> extract_archive(const std::filesystem::path& archive,
                                                             const std::filesystem::path& database,
                                                             const std::stop_token& stop,
                                                             const Report& report = {});

}  // namespace coppice::db
