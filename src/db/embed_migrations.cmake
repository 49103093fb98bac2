# cmake -D FILES="a.up.sql;a.down.sql" -D OUTPUT=embedded_migrations.cpp -P embed_migrations.cmake
#
# Writes a C++ source with the text of each file, so that the binary needs none of them at run time.

set(entries "")
foreach(path IN LISTS FILES)
  get_filename_component(name "${path}" NAME)
  file(READ "${path}" text)
  string(APPEND entries "    {\"migrations/${name}\", R\"~migration~(${text})~migration~\"},\n")
endforeach()

set(source "#include \"db/embedded_migrations.hpp\"

namespace coppice::db {

namespace {

constexpr EmbeddedMigrationFile kFiles[] = {
${entries}};

}  // namespace

std::span<const EmbeddedMigrationFile> embedded_migration_files() noexcept { return kFiles; }

}  // namespace coppice::db
")
file(WRITE "${OUTPUT}" "${source}")
