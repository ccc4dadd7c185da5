/* SPDX-License-Identifier: Apache-2.0 */
/* Maps: looking at them, copying, resizing, closing. */

/***
@submodule mmio
*/

#include "lmmio.h"

#include <string.h>

mmio_map **lmmio_new_map(lua_State *L)
{
    mmio_map **map = lua_newuserdata(L, sizeof *map);
    *map = NULL;
    luaL_getmetatable(L, LMMIO_MAP);
    lua_setmetatable(L, -2);
    return map;
}

mmio_map **lmmio_check_map(lua_State *L)
{
    mmio_map **map = luaL_checkudata(L, 1, LMMIO_MAP);
    if (*map == NULL) {
        luaL_error(L, "attempt to use a closed map");
    }
    return map;
}

static mmio_map *check_map(lua_State *L)
{
    return *lmmio_check_map(L);
}

/***
Present size in bytes. `#map` is the same.
@function map:size
@treturn int
*/
static int map_size(lua_State *L)
{
    lmmio_push_u64(L, mmio_map_size(check_map(L)));
    return 1;
}

/***
Mode of the map.
@function map:mode
@treturn string "ro", "rw", "cow" or "cow_rw"
*/
static int map_mode(lua_State *L)
{
    lua_pushstring(L, lmmio_constant_name(lmmio_modes, mmio_map_mode(check_map(L))));
    return 1;
}

/***
Path or label the map was opened with.
@function map:path
@treturn string "" for an anonymous map
*/
static int map_path(lua_State *L)
{
    lua_pushstring(L, mmio_map_path(check_map(L)));
    return 1;
}

static void set_u64(lua_State *L, const char *name, uint64_t value)
{
    lmmio_push_u64(L, value);
    lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static void set_string(lua_State *L, const char *name, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
}

/***
What is known about the map.

The table has `kind` ("file", "anonymous" or "shared"), `mode`, `size`, `reserve` (address space set
aside for growth), `pending`, `views` (live views and walks), `holders`, `faults` (times that zeros
took the place of bytes), `lost_code` (the system's, of a loss that `map:flush` tells of, else 0),
and `handle` (the file descriptor, still the map's).

@function map:info
@treturn table or nil and what failed
*/
static int map_info(lua_State *L)
{
    mmio_map_info info = {.struct_size = sizeof info};
    mmio_error error;
    if (mmio_map_get_info(check_map(L), &info, &error) != MMIO_OK) {
        return lmmio_fail(L, &error);
    }
    lua_createtable(L, 0, 10);
    set_string(L, "kind", lmmio_constant_name(lmmio_kinds, info.kind));
    set_string(L, "mode", lmmio_constant_name(lmmio_modes, info.mode));
    set_u64(L, "size", info.size);
    set_u64(L, "reserve", info.reserve);
    set_u64(L, "pending", info.pending);
    set_u64(L, "views", info.views);
    set_u64(L, "holders", info.holders);
    set_u64(L, "faults", info.faults);
    set_integer(L, "lost_code", info.lost_code);
    set_integer(L, "handle", (lua_Integer)info.handle);
    return 1;
}

static int64_t check_timeout(lua_State *L, int arg, lua_Number otherwise)
{
    const lua_Number timeout = luaL_optnumber(L, arg, otherwise);
    const lua_Number limit = 1e15;
    luaL_argcheck(L, timeout >= -limit && timeout <= limit, arg, "milliseconds expected");
    luaL_argcheck(L, (lua_Number)(int64_t)timeout == timeout, arg, "whole number expected");
    return (int64_t)timeout;
}

/***
Copy bytes out of the map.
@function map:read
@int offset of the first byte, from 0
@int size in bytes; 0 is accepted at any offset
@int[opt=-1] timeout_ms how long to wait for a write under way, in milliseconds; negative is without
 limit
@treturn string or nil and what failed
*/
static int map_read(lua_State *L)
{
    mmio_map *map = check_map(L);
    const uint64_t offset = lmmio_check_u64(L, 2);
    const size_t size = lmmio_check_size(L, 3);
    const int64_t timeout_ms = check_timeout(L, 4, -1);
    /* A size beyond the map's is refused before the buffer is touched, so it needs no buffer. Only
     * this state resizes the map: it is the only holder. */
    void *buffer = lua_newuserdata(L, size <= mmio_map_size(map) ? size : 1);
    mmio_error error;
    if (mmio_map_read_within(map, offset, buffer, size, timeout_ms, &error) != MMIO_OK) {
        return lmmio_fail(L, &error);
    }
    lua_pushlstring(L, buffer, size);
    return 1;
}

/***
Copy a string into the map. Every user of the file sees it at once if the mode is "rw".
@function map:write
@int offset of the first byte, from 0
@string bytes
@int[opt=-1] timeout_ms how long to wait for a copy under way, in milliseconds; negative is without
 limit
@treturn boolean true, or nil and what failed
*/
static int map_write(lua_State *L)
{
    mmio_map *map = check_map(L);
    const uint64_t offset = lmmio_check_u64(L, 2);
    size_t size = 0;
    const char *data = luaL_checklstring(L, 3, &size);
    const int64_t timeout_ms = check_timeout(L, 4, -1);
    mmio_error error;
    return lmmio_done(L, mmio_map_write_within(map, offset, data, size, timeout_ms, &error),
                      &error);
}

/***
Change the length of the file and its map.

Growing waits for nobody and keeps every view. Shrinking must wait for views that reach beyond the
new size; views of this state are let go by nobody else, so release them first.

@function map:resize
@int size in bytes, at least 1
@int[opt=0] timeout_ms how long shrinking may wait, in milliseconds; negative is without limit
@treturn boolean true, or nil and what failed
*/
static int map_resize(lua_State *L)
{
    mmio_map *map = check_map(L);
    const uint64_t size = lmmio_check_u64(L, 2);
    const int64_t timeout_ms = check_timeout(L, 3, 0);
    mmio_error error;
    return lmmio_done(L, mmio_map_resize(map, size, timeout_ms, &error), &error);
}

static mmio_status close_box(lua_State *L, mmio_error *error)
{
    mmio_map **box = luaL_checkudata(L, 1, LMMIO_MAP);
    mmio_map *map = *box;
    const mmio_status status = map == NULL ? MMIO_OK : mmio_map_shutdown(map, error);
    mmio_map_close(map);
    *box = NULL;
    return status;
}

/***
Close the map; a closed one is left alone. Flushes nothing. Views keep their bytes until they are
released. Also done by the garbage collector, which tells nobody what failed, and in Lua 5.4 at the
end of a `<close>` variable, which raises it, unless another error ends the block.
@function map:close
@treturn boolean true; or nil and what failed: the device did not take what was written, or a fault
 took it. The map is closed nevertheless
*/
static int map_close(lua_State *L)
{
    mmio_error error;
    return lmmio_done(L, close_box(L, &error), &error);
}

/* Nobody sees what this returns. The second argument is the error that ends the block, or nil. */
static int map_leave_block(lua_State *L)
{
    mmio_error error;
    if (close_box(L, &error) != MMIO_OK && lua_isnoneornil(L, 2)) {
        luaL_error(L, "%s", error.message);
    }
    return 0;
}

static int map_tostring(lua_State *L)
{
    mmio_map *map = *(mmio_map **)luaL_checkudata(L, 1, LMMIO_MAP);
    if (map == NULL) {
        lua_pushliteral(L, "mmio.map (closed)");
    } else {
        lua_pushfstring(L, "mmio.map (%s, '%s')",
                        lmmio_constant_name(lmmio_modes, mmio_map_mode(map)), mmio_map_path(map));
    }
    return 1;
}

const luaL_Reg lmmio_map_methods[] = {
    {"size", map_size},     {"mode", map_mode},   {"path", map_path},
    {"info", map_info},     {"read", map_read},   {"write", map_write},
    {"resize", map_resize}, {"close", map_close}, {NULL, NULL},
};

const luaL_Reg lmmio_map_metamethods[] = {
    {"__len", map_size}, {"__tostring", map_tostring},
    {"__gc", map_close}, {"__close", map_leave_block},
    {NULL, NULL},
};
