# Run by cmake --install for a package: the unit, with the program where a package has it.
# Wants coppice_unit.

file(READ "${coppice_unit}" text)
string(REPLACE "/usr/local/bin/" "/usr/bin/" text "${text}")
set(file "$ENV{DESTDIR}/usr/lib/systemd/system/coppice.service")
message(STATUS "Installing: ${file}")
file(WRITE "${file}" "${text}")
