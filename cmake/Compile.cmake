# SPDX-License-Identifier: Apache-2.0
# What every target of the project is compiled with.

# mmio_compile(<target>): C11 without extensions, warnings, sanitizers, hidden symbols.
function(mmio_compile target)
    set_target_properties(${target} PROPERTIES
        C_STANDARD 11
        C_STANDARD_REQUIRED ON
        C_EXTENSIONS OFF
        C_VISIBILITY_PRESET hidden
        POSITION_INDEPENDENT_CODE ON)
    target_compile_options(${target} PRIVATE
        -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes
        -Wmissing-prototypes -Wold-style-definition -Wundef -Wwrite-strings -Wcast-qual
        -Wpointer-arith -Wformat=2 -Wvla -Wswitch-enum
        $<$<BOOL:${MMIO_WARNINGS_AS_ERRORS}>:-Werror>
        # So that the same sources give the same bytes wherever they are built.
        -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
    if(MMIO_SANITIZE)
        target_compile_options(${target} PRIVATE
            -fsanitize=${MMIO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
        target_link_options(${target} PRIVATE -fsanitize=${MMIO_SANITIZE})
    endif()
    if(MMIO_COVERAGE)
        # Threads count, too.
        target_compile_options(${target} PRIVATE --coverage -fprofile-update=atomic)
        target_link_options(${target} PRIVATE --coverage)
    endif()
endfunction()
