# For cpack, which makes a Debian package of an installed tree. scripts/package gives it
# CPACK_PACKAGE_VERSION, CPACK_INSTALLED_DIRECTORIES and CPACK_PACKAGE_DIRECTORY.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME coppice)
set(CPACK_PACKAGE_FILE_NAME coppice)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_PACKAGE_CONTACT "The makers of Coppice <coppice@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "backend whose every part is an actor in a supervision tree")
set(CPACK_PACKAGE_DESCRIPTION
    "A JSON content API with full-text search over one SQLite file, channels and presence
that the client of Phoenix connects to, and an operator's view of what runs inside.")
set(CPACK_DEBIAN_PACKAGE_SECTION web)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PACKAGING_INSTALL_PREFIX /)

# The libraries are what the program is linked to, with the versions that it needs of them.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates, libcurl4")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "nats-server")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "zstd")

set(debian "${CMAKE_CURRENT_LIST_DIR}/debian")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${debian}/postinst" "${debian}/prerm" "${debian}/postrm"
                                       "${debian}/conffiles")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
