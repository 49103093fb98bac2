#include "db/fault/fault_vfs.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <sqlite3.h>

namespace coppice::db {

namespace {

// SQLite hands a C interface its own memory to construct files in, hence the casts of this file.

/// What a sync would have made durable, to be undone when it fails.
class UnsyncedWrites {
 public:
  void before_write(sqlite3_file& file, sqlite3_int64 offset, int length) {
    sqlite3_int64 size = 0;
    file.pMethods->xFileSize(&file, &size);
    if (!size_) size_ = size;
    const auto kept = std::clamp<sqlite3_int64>(size - offset, 0, length);
    Piece piece{offset, std::vector<char>(static_cast<std::size_t>(kept))};
    if (kept > 0) {
      file.pMethods->xRead(&file, piece.bytes.data(), static_cast<int>(kept), offset);
    }
    pieces_.push_back(std::move(piece));
  }

  void before_truncate(sqlite3_file& file, sqlite3_int64 size) {
    sqlite3_int64 old = 0;
    file.pMethods->xFileSize(&file, &old);
    before_write(file, size, static_cast<int>(std::max<sqlite3_int64>(old - size, 0)));
  }

  void forget() {
    pieces_.clear();
    size_.reset();
  }

  void undo(sqlite3_file& file) {
    for (auto piece = pieces_.rbegin(); piece != pieces_.rend(); ++piece) {
      if (piece->bytes.empty()) continue;
      file.pMethods->xWrite(&file, piece->bytes.data(), static_cast<int>(piece->bytes.size()),
                            piece->offset);
    }
    if (size_) file.pMethods->xTruncate(&file, *size_);
    forget();
  }

 private:
  struct Piece {
    sqlite3_int64 offset;
    std::vector<char> bytes;
  };
  std::vector<Piece> pieces_;
  std::optional<sqlite3_int64> size_;
};

/// What one open file keeps; SQLite's own file lies behind it in the same memory.
struct FaultFile {
  sqlite3_file base;  // First: SQLite sees only this.
  UnsyncedWrites* unsynced;
  const char* name;
};

struct State {
  sqlite3_vfs* real = nullptr;
  sqlite3_vfs vfs{};
  sqlite3_io_methods methods{};
  std::optional<Fault> fault;
  std::size_t calls = 0;
  bool struck = false;
  std::string place;
};

State& state() {
  static State instance;
  return instance;
}

FaultFile& fault_file(sqlite3_file* file) {
  return *reinterpret_cast<FaultFile*>(file);  // NOLINT(*-reinterpret-cast)
}

sqlite3_file* real_file(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(&fault_file(file) + 1);  // NOLINT(*-reinterpret-cast)
}

// -- which calls fail ----------------------------------------------------------------------------

bool applies(FaultKind kind, FileCall call) {
  switch (kind) {
    case FaultKind::io_error: return true;
    case FaultKind::no_space:
      return call == FileCall::open || call == FileCall::write || call == FileCall::sync ||
             call == FileCall::shm_map;
    case FaultKind::short_write: return call == FileCall::write;
    case FaultKind::failed_sync: return call == FileCall::sync;
    case FaultKind::lock_error:
    case FaultKind::busy: return call == FileCall::lock || call == FileCall::shm_lock;
  }
  return false;
}

/// What SQLite's own file system says when the system call behind @p call fails.
int io_error_of(FileCall call) {
  switch (call) {
    case FileCall::open: return SQLITE_CANTOPEN;
    case FileCall::write: return SQLITE_IOERR_WRITE;
    case FileCall::truncate: return SQLITE_IOERR_TRUNCATE;
    case FileCall::sync: return SQLITE_IOERR_FSYNC;
    case FileCall::file_size: return SQLITE_IOERR_FSTAT;
    case FileCall::lock: return SQLITE_IOERR_LOCK;
    case FileCall::shm_map: return SQLITE_IOERR_SHMSIZE;
    case FileCall::shm_lock: return SQLITE_IOERR_SHMLOCK;
    case FileCall::remove: return SQLITE_IOERR_DELETE;
  }
  return SQLITE_IOERR;
}

int code_of(FaultKind kind, FileCall call) {
  const bool is_full = kind == FaultKind::no_space || kind == FaultKind::short_write;
  if (is_full && call == FileCall::write) return SQLITE_FULL;
  return kind == FaultKind::busy ? SQLITE_BUSY : io_error_of(call);
}

/// Counts a call; SQLITE_OK when it is to be made.
int failure_of(FileCall call, const char* name) {
  State& s = state();
  if (!s.fault || !applies(s.fault->kind, call)) return SQLITE_OK;
  ++s.calls;
  const bool fails =
      s.calls == s.fault->position || (s.fault->lasts && s.calls > s.fault->position);
  if (!fails) return SQLITE_OK;
  if (!s.struck) {
    const std::string_view path = name == nullptr ? "a temporary file" : name;
    s.place = std::string(to_string(call)) + " of " +
              std::string(path.substr(path.find_last_of('/') + 1));
  }
  s.struck = true;
  return code_of(s.fault->kind, call);
}

// -- files ---------------------------------------------------------------------------------------

int close_file(sqlite3_file* file) {
  const std::unique_ptr<UnsyncedWrites> owned(fault_file(file).unsynced);
  return real_file(file)->pMethods->xClose(real_file(file));
}

int read_file(sqlite3_file* file, void* bytes, int length, sqlite3_int64 offset) {
  return real_file(file)->pMethods->xRead(real_file(file), bytes, length, offset);
}

int write_file(sqlite3_file* file, const void* bytes, int length, sqlite3_int64 offset) {
  sqlite3_file* const real = real_file(file);
  fault_file(file).unsynced->before_write(*real, offset, length);
  const int failure = failure_of(FileCall::write, fault_file(file).name);
  if (failure == SQLITE_OK) return real->pMethods->xWrite(real, bytes, length, offset);
  if (state().fault->kind == FaultKind::short_write) {
    real->pMethods->xWrite(real, bytes, length / 2, offset);
  }
  return failure;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  sqlite3_file* const real = real_file(file);
  if (const int code = failure_of(FileCall::truncate, fault_file(file).name)) return code;
  fault_file(file).unsynced->before_truncate(*real, size);
  return real->pMethods->xTruncate(real, size);
}

int sync_file(sqlite3_file* file, int /*flags*/) {
  const int failure = failure_of(FileCall::sync, fault_file(file).name);
  UnsyncedWrites& unsynced = *fault_file(file).unsynced;
  if (failure == SQLITE_OK) {
    unsynced.forget();
  } else if (state().fault->kind == FaultKind::failed_sync) {
    unsynced.undo(*real_file(file));
  }
  return failure;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  if (const int code = failure_of(FileCall::file_size, fault_file(file).name)) return code;
  return real_file(file)->pMethods->xFileSize(real_file(file), size);
}

int lock_file(sqlite3_file* file, int level) {
  if (const int code = failure_of(FileCall::lock, fault_file(file).name)) return code;
  return real_file(file)->pMethods->xLock(real_file(file), level);
}

int unlock_file(sqlite3_file* file, int level) {
  return real_file(file)->pMethods->xUnlock(real_file(file), level);
}

int check_reserved_lock(sqlite3_file* file, int* held) {
  return real_file(file)->pMethods->xCheckReservedLock(real_file(file), held);
}

int control_file(sqlite3_file* file, int operation, void* argument) {
  return real_file(file)->pMethods->xFileControl(real_file(file), operation, argument);
}

int sector_size(sqlite3_file* file) {
  return real_file(file)->pMethods->xSectorSize(real_file(file));
}

int device_characteristics(sqlite3_file* file) {
  return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

int map_shm(sqlite3_file* file, int region, int size, int extend, void volatile** memory) {
  if (const int code = failure_of(FileCall::shm_map, fault_file(file).name)) return code;
  return real_file(file)->pMethods->xShmMap(real_file(file), region, size, extend, memory);
}

// Giving a lock up does not fail.
int lock_shm(sqlite3_file* file, int offset, int count, int flags) {
  if ((flags & SQLITE_SHM_LOCK) != 0) {
    if (const int code = failure_of(FileCall::shm_lock, fault_file(file).name)) return code;
  }
  return real_file(file)->pMethods->xShmLock(real_file(file), offset, count, flags);
}

void shm_barrier(sqlite3_file* file) { real_file(file)->pMethods->xShmBarrier(real_file(file)); }

int unmap_shm(sqlite3_file* file, int remove) {
  return real_file(file)->pMethods->xShmUnmap(real_file(file), remove);
}

// -- the file system -----------------------------------------------------------------------------

int open_file(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags, int* opened) {
  FaultFile& shim = fault_file(file);
  shim = {};  // Without methods: SQLite closes nothing when the open fails.
  if (const int code = failure_of(FileCall::open, name)) return code;
  State& s = state();
  const int code = s.real->xOpen(s.real, name, real_file(file), flags, opened);
  if (code != SQLITE_OK) return code;
  shim.name = name;
  shim.unsynced = std::make_unique<UnsyncedWrites>().release();
  shim.base.pMethods = &s.methods;
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs* /*vfs*/, const char* name, int sync_folder) {
  if (const int code = failure_of(FileCall::remove, name)) return code;
  State& s = state();
  return s.real->xDelete(s.real, name, sync_folder);
}

sqlite3_io_methods file_methods() {
  // Version 2: all but memory mapping of the database, which would go past the faults.
  return {.iVersion = 2,
          .xClose = close_file,
          .xRead = read_file,
          .xWrite = write_file,
          .xTruncate = truncate_file,
          .xSync = sync_file,
          .xFileSize = size_of_file,
          .xLock = lock_file,
          .xUnlock = unlock_file,
          .xCheckReservedLock = check_reserved_lock,
          .xFileControl = control_file,
          .xSectorSize = sector_size,
          .xDeviceCharacteristics = device_characteristics,
          .xShmMap = map_shm,
          .xShmLock = lock_shm,
          .xShmBarrier = shm_barrier,
          .xShmUnmap = unmap_shm,
          .xFetch = nullptr,
          .xUnfetch = nullptr};
}

}  // namespace

std::string_view to_string(FileCall call) noexcept {
  switch (call) {
    case FileCall::open: return "open";
    case FileCall::write: return "write";
    case FileCall::truncate: return "truncate";
    case FileCall::sync: return "sync";
    case FileCall::file_size: return "file_size";
    case FileCall::lock: return "lock";
    case FileCall::shm_map: return "shm_map";
    case FileCall::shm_lock: return "shm_lock";
    case FileCall::remove: return "remove";
  }
  return "unknown";
}

std::string_view to_string(FaultKind kind) noexcept {
  switch (kind) {
    case FaultKind::io_error: return "io_error";
    case FaultKind::no_space: return "no_space";
    case FaultKind::short_write: return "short_write";
    case FaultKind::failed_sync: return "failed_sync";
    case FaultKind::lock_error: return "lock_error";
    case FaultKind::busy: return "busy";
  }
  return "unknown";
}

FaultVfs::FaultVfs() {
  State& s = state();
  if (s.real != nullptr) throw std::logic_error("one FaultVfs at a time");
  s.real = sqlite3_vfs_find(nullptr);
  s.methods = file_methods();
  s.vfs = *s.real;  // Whatever is no business of faults stays SQLite's own.
  s.vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + s.real->szOsFile;
  s.vfs.zName = "coppice-fault";
  s.vfs.pNext = nullptr;
  s.vfs.xOpen = open_file;
  s.vfs.xDelete = remove_file;
  sqlite3_vfs_register(&s.vfs, 1);
}

FaultVfs::~FaultVfs() {
  State& s = state();
  sqlite3_vfs_unregister(&s.vfs);
  sqlite3_vfs_register(std::exchange(s.real, nullptr), 1);
  disarm();
}

void FaultVfs::arm(Fault fault) noexcept {
  State& s = state();
  s.fault = fault;
  s.calls = 0;
  s.struck = false;
  s.place.clear();
}

void FaultVfs::disarm() noexcept { state().fault.reset(); }

bool FaultVfs::struck() const noexcept { return state().struck; }

const std::string& FaultVfs::place() const noexcept { return state().place; }

}  // namespace coppice::db
