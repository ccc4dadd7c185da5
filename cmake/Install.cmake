# SPDX-License-Identifier: Apache-2.0
# What is installed: headers, libraries, pkg-config file, CMake package.
include(CMakePackageConfigHelpers)

install(DIRECTORY api/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
    FILES_MATCHING PATTERN "*.h")
install(TARGETS mmio EXPORT mmioTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
install(TARGETS mmio_static EXPORT mmioStaticTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)

configure_file(packaging/mmio.pc.in ${PROJECT_BINARY_DIR}/mmio.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/mmio.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
    COMPONENT development)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mmio)
configure_package_config_file(packaging/mmioConfig.cmake.in ${PROJECT_BINARY_DIR}/mmioConfig.cmake
    INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may change the API.
if(PROJECT_VERSION_MAJOR EQUAL 0)
    set(compatibility SameMinorVersion)
else()
    set(compatibility SameMajorVersion)
endif()
write_basic_package_version_file(${PROJECT_BINARY_DIR}/mmioConfigVersion.cmake
    COMPATIBILITY ${compatibility})
install(FILES ${PROJECT_BINARY_DIR}/mmioConfig.cmake ${PROJECT_BINARY_DIR}/mmioConfigVersion.cmake
    DESTINATION ${package_dir} COMPONENT development)
# Apart, so that a distribution can ship the static library in a package of its own.
foreach(export mmioTargets mmioStaticTargets)
    install(EXPORT ${export} NAMESPACE mmio:: DESTINATION ${package_dir} COMPONENT development)
endforeach()
