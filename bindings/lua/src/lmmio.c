/* SPDX-License-Identifier: Apache-2.0 */
/* The module: facts about the library, and everything put together. */
#include "lmmio.h"

#include <string.h>

/***
Memory-mapped files.

Offsets and sizes are bytes, whole numbers from 0. A float counts up to 2^53, and a decimal string
does wherever a number is asked for. Threads: a map and its views belong to their Lua state, as all
Lua objects do. Other states map the same file for themselves, and see each other's bytes at once.

### Failures

As with `io`. A call that is wrong in itself raises: a wrong type, an unknown name, a number that is
not whole, use of a closed map or a released view. What the library refuses is returned: `nil`, the
message, the system's error code (0 if none), the name of the status (`"MMIO_ERR_RANGE"`), and the
offset, size and limit it was about (0 where they mean nothing). After `MMIO_ERR_FAULT` two more
follow: the number of bytes done before the fault, and its cause: `"unknown"`, `"truncated"`,
`"io"`, `"no_space"` or `"read_only"`.

### Options

`mode`: `"ro"`, `"rw"`, `"cow"` or `"cow_rw"`. `disposition`: `"open"` (the default), `"create"`,
`"create_new"` or `"open_or_create"`. `size` of a created file in bytes. `reserve`: address space to
set aside for growth, in bytes. `permissions` of a created file, less the umask (by default octal
600). `touch`: `"never"`, `"eager"` or `"lazy"`. `on_fault`, of views whose bytes are gone:
`"absorb"` for zeros instead, `"never"` for the signal, or `"default"`, which is `"absorb"` in the
modes for reading only. `allocate`, `nofollow`, `beneath`, `huge_pages`, `local` and `defer`:
booleans. A name of Lua's own is quoted, `["local"] = true`.

### Views

`#view` is the size in bytes, `view[i]` the byte at position i from 1, nil outside. `view[i] = byte`
stores through a writable view, and raises outside. What others write to the map shows at once. The
bytes stay mapped until the release, also after the map was closed.

### Atomic cells

A cell is 4 or 8 bytes at an offset that is a multiple of its size, in the machine's byte order. The
map must be writable. Every operation is sequentially consistent. Values go from 0 to 2^bits - 1.
Lua 5.1, 5.2 and LuaJIT return those above 2^53 as decimal strings; Lua 5.3 and 5.4 return those
from 2^63 on as negative integers with the same bits, and accept these.

@module mmio
*/

/***
Version of the library that is running.
@function version
@treturn string "major.minor.patch"
@treturn int major * 65536 + minor * 256 + patch
*/
static int library_version(lua_State *L)
{
    lua_pushstring(L, mmio_version_string());
    lua_pushinteger(L, (lua_Integer)mmio_version());
    return 2;
}

/***
Size of a memory page in bytes.
@function page_size
@treturn int
*/
static int library_page_size(lua_State *L)
{
    lmmio_push_u64(L, mmio_page_size());
    return 1;
}

/***
What the system wants offsets of mappings to be a multiple of, in bytes. Callers need not care.
@function map_granularity
@treturn int
*/
static int library_map_granularity(lua_State *L)
{
    lmmio_push_u64(L, mmio_map_granularity());
    return 1;
}

/***
Largest size of a map in bytes.
@function max_size
@treturn int
*/
static int library_max_size(lua_State *L)
{
    lmmio_push_u64(L, mmio_max_size());
    return 1;
}

/***
Can this build on this system do it?
@function has
@string feature "grow_in_place", "cheap_pins", "durable_flush", "open_beneath", "seals",
 "huge_pages", "watch", "range_locks", "wait", "pressure", "dirty_pages" or "populate"
@treturn boolean false also for a name that is unknown
*/
static int library_has(lua_State *L)
{
    const lmmio_constant *feature = lmmio_find_constant(lmmio_features, luaL_checkstring(L, 1));
    lua_pushboolean(L, feature != NULL && mmio_has(feature->value));
    return 1;
}

static mmio_status check_number(lua_State *L, int arg)
{
    const lua_Integer number = luaL_checkinteger(L, arg);
    luaL_argcheck(L, (mmio_status)number == number, arg, "not a status");
    return (mmio_status)number;
}

/* A status by number, or by name as a failure has it. */
static mmio_status check_status(lua_State *L, int arg)
{
    if (lua_type(L, arg) == LUA_TNUMBER) {
        return check_number(L, arg);
    }
    const char *wanted = luaL_checkstring(L, arg);
    mmio_status status = MMIO_OK;
    const char *name = mmio_status_name(status);
    /* Statuses are numbered downwards without gaps. */
    while (name != NULL && strcmp(name, wanted) != 0) {
        name = mmio_status_name(--status);
    }
    luaL_argcheck(L, name != NULL, arg, "not a status");
    return status;
}

/***
Name of a status by its number.
@function status_name
@int status
@treturn string for example "MMIO_ERR_RANGE", nil for an unknown number
*/
static int library_status_name(lua_State *L)
{
    lua_pushstring(L, mmio_status_name(check_number(L, 1)));
    return 1;
}

/***
One English phrase for a status.
@function status_text
@tparam string|int status name or number
@treturn string
*/
static int library_status_text(lua_State *L)
{
    lua_pushstring(L, mmio_status_text(check_status(L, 1)));
    return 1;
}

/***
May the same call succeed later without any other change?
@function status_is_retryable
@tparam string|int status name or number
@treturn boolean
*/
static int library_status_is_retryable(lua_State *L)
{
    lua_pushboolean(L, mmio_status_is_retryable(check_status(L, 1)));
    return 1;
}

static const luaL_Reg library_functions[] = {
    {"version", library_version},
    {"page_size", library_page_size},
    {"map_granularity", library_map_granularity},
    {"max_size", library_max_size},
    {"has", library_has},
    {"status_name", library_status_name},
    {"status_text", library_status_text},
    {"status_is_retryable", library_status_is_retryable},
    {NULL, NULL},
};

/* Into the table on top of the stack. luaL_setfuncs() is not in Lua 5.1. */
static void set_functions(lua_State *L, const luaL_Reg *functions)
{
    for (; functions->name != NULL; functions++) {
        lua_pushcfunction(L, functions->func);
        lua_setfield(L, -2, functions->name);
    }
}

static void register_maps(lua_State *L)
{
    luaL_newmetatable(L, LMMIO_MAP);
    set_functions(L, lmmio_map_metamethods);
    lua_newtable(L);
    set_functions(L, lmmio_map_methods);
    set_functions(L, lmmio_map_file_methods);
    set_functions(L, lmmio_map_flush_methods);
    set_functions(L, lmmio_map_view_methods);
    set_functions(L, lmmio_map_atomic_methods);
    set_functions(L, lmmio_map_fault_methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

static void register_views(lua_State *L)
{
    luaL_newmetatable(L, LMMIO_VIEW);
    set_functions(L, lmmio_view_metamethods);
    lua_newtable(L);
    set_functions(L, lmmio_view_methods);
    lua_pushcclosure(L, lmmio_view_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

LUALIB_API int luaopen_mmio(lua_State *L)
{
    lmmio_guard_process(L);
    register_maps(L);
    register_views(L);
    lua_newtable(L);
    set_functions(L, library_functions);
    set_functions(L, lmmio_open_functions);
    set_functions(L, lmmio_fault_functions);
    return 1;
}
