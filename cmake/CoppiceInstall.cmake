# cmake --install: the libraries with their public headers, a package for find_package(coppice), and
# the program with its manual page and completions. The component `package` has what a distribution's
# package has beside it, and is no part of a plain installation. Headers land in include/coppice, which
# the targets put on the include path, so that `#include "actors/result.hpp"` and
# `#include <coppice/actors/result.hpp>` are both right.

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
  install(CODE "set(coppice_program \"$<TARGET_FILE:coppice>\")" COMPONENT server)
  install(SCRIPT "${PROJECT_SOURCE_DIR}/cmake/install_texts.cmake" COMPONENT server)

  set(of_package COMPONENT package EXCLUDE_FROM_ALL)
  install(CODE "set(coppice_unit \"${PROJECT_SOURCE_DIR}/packaging/coppice.service\")" ${of_package})
  install(SCRIPT "${PROJECT_SOURCE_DIR}/cmake/install_unit.cmake" ${of_package})
  install(DIRECTORY DESTINATION /etc/coppice DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
          ${of_package})
  install(FILES "${PROJECT_SOURCE_DIR}/packaging/coppice.env" DESTINATION /etc/coppice
          PERMISSIONS OWNER_READ OWNER_WRITE ${of_package})
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION /usr/share/doc/coppice RENAME copyright
          ${of_package})
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
