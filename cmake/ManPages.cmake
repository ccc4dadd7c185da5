# SPDX-License-Identifier: Apache-2.0
# The manual pages, from the description of the API: see docs/man_pages.py.
if(NOT MMIO_MAN_PAGES)
    return()
endif()
if(NOT Python3_FOUND)
    message(FATAL_ERROR "MMIO_MAN_PAGES needs Python 3.10 or later")
endif()

set(man_generator ${PROJECT_SOURCE_DIR}/docs/man_pages.py)
set(man_dir ${PROJECT_BINARY_DIR}/man)
# SOURCE_DATE_EPOCH, where it is set.
string(TIMESTAMP man_date "%Y-%m-%d" UTC)
add_custom_command(
    OUTPUT ${man_dir}/stamp
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${man_dir}
    COMMAND Python3::Interpreter ${man_generator} --output ${man_dir} --date ${man_date}
    COMMAND ${CMAKE_COMMAND} -E touch ${man_dir}/stamp
    DEPENDS ${man_generator} ${PROJECT_SOURCE_DIR}/api/mmio.api.json
    COMMENT "Writing the manual pages"
    VERBATIM)
add_custom_target(man_pages ALL DEPENDS ${man_dir}/stamp)
install(DIRECTORY ${man_dir}/man3 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT documentation)
