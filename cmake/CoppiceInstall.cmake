# cmake --install: the libraries with their public headers, a package for find_package(coppice), and
# the program. Headers land in include/coppice, which the targets put on the include path, so that
# `#include "actors/result.hpp"` and `#include <coppice/actors/result.hpp>` are both right.

include(CMakePackageConfigHelpers)

set(libraries coppice_asio coppice_beast coppice_actors coppice_supervisor coppice_db coppice_net)
install(
  TARGETS ${libraries}
  EXPORT coppice-targets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT libraries
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/coppice" COMPONENT libraries
  INCLUDES
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
if(TARGET coppice)
  install(TARGETS coppice RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT server)
endif()

set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/coppice")
install(
  EXPORT coppice-targets
  NAMESPACE coppice::
  DESTINATION "${package_folder}"
  COMPONENT libraries)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/coppice-config.cmake.in"
                              "${PROJECT_BINARY_DIR}/coppice-config.cmake"
                              INSTALL_DESTINATION "${package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/coppice-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/coppice-config.cmake"
              "${PROJECT_BINARY_DIR}/coppice-config-version.cmake"
        DESTINATION "${package_folder}"
        COMPONENT libraries)
