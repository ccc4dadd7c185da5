# SPDX-License-Identifier: Apache-2.0
# What the linkers are told to export, all from one list. Each of its lines is a version node and
# the name of a function, "LIBMMIO_0.1 mmio_map_open"; nodes stand in the order of their release.

# mmio_read_symbols(<list> <out_nodes> <out_prefix>): the nodes in <out_nodes>, and the names of
# each in <out_prefix>_<node>.
function(mmio_read_symbols list out_nodes out_prefix)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${list})
    file(STRINGS ${list} lines)
    set(nodes "")
    foreach(line IN LISTS lines)
        if(NOT line MATCHES "^(LIBMMIO_[0-9.]+) (mmio_[a-z0-9_]+)$")
            message(FATAL_ERROR "${list}: not a node and a name: ${line}")
        endif()
        set(node ${CMAKE_MATCH_1})
        if(NOT node IN_LIST nodes)
            list(APPEND nodes ${node})
            set(names_${node} "")
        endif()
        list(APPEND names_${node} ${CMAKE_MATCH_2})
        set(${out_prefix}_${node} ${names_${node}} PARENT_SCOPE)
    endforeach()
    set(${out_nodes} ${nodes} PARENT_SCOPE)
endfunction()

# mmio_write_version_script(<list> <out>): for ELF linkers; each node builds on the one before.
function(mmio_write_version_script list out)
    mmio_read_symbols(${list} nodes names)
    set(text "")
    set(before "")
    set(rest "    local:\n        *;\n")
    foreach(node IN LISTS nodes)
        list(JOIN names_${node} ";\n        " names)
        string(APPEND text "${node} {\n    global:\n        ${names};\n${rest}}${before};\n")
        set(rest "")
        set(before " ${node}")
    endforeach()
    file(CONFIGURE OUTPUT ${out} CONTENT "${text}" @ONLY)
endfunction()

# mmio_write_def(<list> <out>): a module definition file, for Windows linkers.
function(mmio_write_def list out)
    mmio_write_names(${list} ${out} "EXPORTS\n" "    ")
endfunction()

# mmio_write_exported_symbols(<list> <out>): for the -exported_symbols_list of Apple's linker.
function(mmio_write_exported_symbols list out)
    mmio_write_names(${list} ${out} "" "_")
endfunction()

# All names, whatever their node: a line for each, <before> ahead of its name. A name with a later
# version is there once.
function(mmio_write_names list out text before)
    mmio_read_symbols(${list} nodes names)
    set(all "")
    foreach(node IN LISTS nodes)
        list(APPEND all ${names_${node}})
    endforeach()
    list(REMOVE_DUPLICATES all)
    foreach(name IN LISTS all)
        string(APPEND text "${before}${name}\n")
    endforeach()
    file(CONFIGURE OUTPUT ${out} CONTENT "${text}" @ONLY)
endfunction()
