# SPDX-License-Identifier: Apache-2.0
# What is installed: headers, libraries, pkg-config file, CMake package.
include(CMakePackageConfigHelpers)

install(DIRECTORY api/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(TARGETS mmio EXPORT mmioTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
install(TARGETS mmio_static EXPORT mmioStaticTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)

configure_file(packaging/mmio.pc.in ${PROJECT_BINARY_DIR}/mmio.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/mmio.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mmio)
configure_package_config_file(packaging/mmioConfig.cmake.in ${PROJECT_BINARY_DIR}/mmioConfig.cmake
    INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/mmioConfigVersion.cmake
    COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/mmioConfig.cmake ${PROJECT_BINARY_DIR}/mmioConfigVersion.cmake
    DESTINATION ${package_dir})
# Apart, so that a distribution can ship the static library in a package of its own.
install(EXPORT mmioTargets NAMESPACE mmio:: DESTINATION ${package_dir})
install(EXPORT mmioStaticTargets NAMESPACE mmio:: DESTINATION ${package_dir})
