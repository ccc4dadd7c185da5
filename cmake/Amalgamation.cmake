# SPDX-License-Identifier: Apache-2.0

# mmio_amalgamate(<out_sources>): the library's sources become one. tools/amalgamate.py reads their
# list where it stands, in libmmio/CMakeLists.txt.
function(mmio_amalgamate out_sources)
    find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
    set(generator ${PROJECT_SOURCE_DIR}/tools/amalgamate.py)
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/amalgamation)
    file(GLOB_RECURSE parts CONFIGURE_DEPENDS
        ${PROJECT_SOURCE_DIR}/api/include/*.h ${CMAKE_CURRENT_SOURCE_DIR}/src/*.[ch])
    add_custom_command(
        OUTPUT ${folder}/mmio.c ${folder}/mmio.h
        COMMAND ${Python3_EXECUTABLE} ${generator} ${folder}
        DEPENDS ${generator} CMakeLists.txt ${parts}
        VERBATIM)
    set(${out_sources} ${folder}/mmio.c PARENT_SCOPE)
endfunction()
