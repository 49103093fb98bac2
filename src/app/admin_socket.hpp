#pragma once

#include <filesystem>
#include <string>

namespace coppice::app {

/// Where the operators' socket is if ADMIN_SOCKET does not say: beside the database, as
/// `coppice.db-admin.sock`. It is an absolute path without links, so that a server and a command
/// that name the database in different ways, or run in different folders, mean the same one.
///
/// Some databases can have no socket beside them: one that is in memory or that nobody has named;
/// one of LiteFS's, whose mount takes databases only; and one whose path is so long that the
/// socket's would be more than the system takes. They have `coppice-admin-UID.sock` in the system's
/// temporary directory, as all of this user's whose databases are so.
///
/// @param database  The database's file, which need not be there; empty if nobody has named it.
/// @param mount  LiteFS's mount; empty for none. A database is known as LiteFS's without it as soon
///               as it is there.
/// Thread: any; looks at the file system.
[[nodiscard]] std::string default_admin_socket(const std::string& database,
                                               const std::filesystem::path& mount);

}  // namespace coppice::app
