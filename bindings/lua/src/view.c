/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a map without copying: views, walks, raw pointers. */

/***
@submodule mmio
*/

#include "lmmio.h"

#include <limits.h>
#include <string.h>

/* What a view userdata holds; all zero once released. Its pin keeps the bytes mapped whatever
 * becomes of the map, so it needs no reference to the map's userdata. */
typedef struct {
    unsigned char *data; /* What the program sees: all that is pinned, or one chunk of a walk. */
    uint64_t size;
    bool is_live;
    bool is_writable;
    mmio_view pinned; /* Of a view or a run of cells, else all zero. */
    mmio_walk walk;   /* Of map:chunks(), else all zero. */
} view_box;

static view_box *new_view(lua_State *L)
{
    view_box *view = lua_newuserdata(L, sizeof *view);
    memset(view, 0, sizeof *view);
    luaL_getmetatable(L, LMMIO_VIEW);
    lua_setmetatable(L, -2);
    return view;
}

static view_box *check_view(lua_State *L)
{
    view_box *view = luaL_checkudata(L, 1, LMMIO_VIEW);
    if (!view->is_live) {
        luaL_error(L, "attempt to use a released view");
    }
    return view;
}

static uint32_t check_access(lua_State *L, int arg)
{
    static const char *const names[] = {"r", "w", NULL};
    return luaL_checkoption(L, arg, "r", names) == 0 ? 0 : MMIO_VIEW_WRITE;
}

/* The result of a borrowing method, its view on top of the stack. */
static int borrowed(lua_State *L, view_box *view, bool is_writable, mmio_status status,
                    const mmio_error *error)
{
    if (status != MMIO_OK) {
        return lmmio_fail(L, error);
    }
    view->data = view->pinned.data;
    view->size = view->pinned.size;
    view->is_live = true;
    view->is_writable = is_writable;
    return 1;
}

/***
Borrow bytes of the map without copying them.
@function map:view
@int offset of the first byte, from 0
@int size in bytes
@string[opt="r"] access "w" for a view that may be written through
@treturn view or nil and what failed
*/
static int map_view(lua_State *L)
{
    mmio_map *map = *lmmio_check_map(L);
    const uint64_t offset = lmmio_check_u64(L, 2);
    const uint64_t size = lmmio_check_u64(L, 3);
    const uint32_t flags = check_access(L, 4);
    view_box *view = new_view(L);
    mmio_error error;
    const mmio_status status = mmio_view_acquire(map, offset, size, flags, &view->pinned, &error);
    return borrowed(L, view, flags != 0, status, &error);
}

/***
Borrow a run of atomic cells as a writable view, for example for LuaJIT's `ffi`.
@function map:run
@int offset of the first cell, a multiple of its size
@int count number of cells
@int[opt=64] bits size of a cell: 32 or 64
@treturn view or nil and what failed
*/
static int map_run(lua_State *L)
{
    mmio_map *map = *lmmio_check_map(L);
    const uint64_t offset = lmmio_check_u64(L, 2);
    const uint64_t count = lmmio_check_u64(L, 3);
    const uint32_t cell_size = lmmio_check_bits(L, 4) / 8;
    view_box *view = new_view(L);
    mmio_error error;
    const mmio_status status =
        mmio_atomic_acquire(map, offset, count, cell_size, &view->pinned, &error);
    return borrowed(L, view, true, status, &error);
}

/***
Give the bytes back; a released view is left alone. Also done by the garbage collector, and in Lua
5.4 at the end of a `<close>` variable. The size of a writable view becomes pending now.
@function view:release
@treturn boolean true
*/
static int view_release(lua_State *L)
{
    view_box *view = luaL_checkudata(L, 1, LMMIO_VIEW);
    mmio_view_release(&view->pinned);
    mmio_walk_end(&view->walk);
    memset(view, 0, sizeof *view);
    lua_pushboolean(L, 1);
    return 1;
}

static int next_chunk(lua_State *L)
{
    view_box *view = luaL_checkudata(L, 1, LMMIO_VIEW);
    void *data = NULL;
    if (!mmio_walk_next(&view->walk, &data, &view->size)) {
        view_release(L);
        return 0;
    }
    view->data = data;
    lua_pushvalue(L, 1);
    return 1;
}

/***
Walk over the map in chunks without copying.

The loop variable is one view that shows chunk after chunk, so it costs nothing per chunk; it is
released at the end of the loop. A loop left early keeps it until the collector comes, or until
`chunk:release()`; in Lua 5.4 leaving the loop is enough.

@function map:chunks
@int size of a chunk in bytes; the last may be short, and 0 makes no chunk
@string[opt="r"] access "w" for chunks that may be written through
@return an iterator for the generic `for`; or nil and what failed
@usage for chunk in assert(map:chunks(65536)) do ... end
*/
static int map_chunks(lua_State *L)
{
    mmio_map *map = *lmmio_check_map(L);
    const uint64_t chunk_size = lmmio_check_u64(L, 2);
    const uint32_t flags = check_access(L, 3);
    lua_pushcfunction(L, next_chunk);
    view_box *view = new_view(L);
    mmio_error error;
    if (mmio_walk_begin(map, chunk_size, flags, &view->walk, &error) != MMIO_OK) {
        return lmmio_fail(L, &error);
    }
    view->is_live = true;
    view->is_writable = flags != 0;
    lua_pushnil(L);
    lua_pushvalue(L, -2);
    return 4;
}

/***
The map's base address as a light userdata: an escape hatch that pins nothing.

Good only until the map is resized or closed. Prefer views.

@function map:pointer
@string[opt="r"] access "w" for writing; the whole map becomes pending
@treturn lightuserdata or nil and what failed
*/
static int map_pointer(lua_State *L)
{
    mmio_map *map = *lmmio_check_map(L);
    const uint32_t flags = check_access(L, 2);
    void *data = NULL;
    mmio_error error;
    const mmio_status status = flags == 0 ? mmio_map_data(map, (const void **)&data, &error)
                                          : mmio_map_data_mut(map, &data, &error);
    if (status != MMIO_OK) {
        return lmmio_fail(L, &error);
    }
    lua_pushlightuserdata(L, data);
    return 1;
}

static int view_len(lua_State *L)
{
    lmmio_push_u64(L, check_view(L)->size);
    return 1;
}

/* The place of the byte at the position in argument 2; NULL outside. */
static unsigned char *byte_at(lua_State *L, const view_box *view)
{
    uint64_t position = 0;
    if (!lmmio_to_u64(L, 2, &position) || position - 1 >= view->size) {
        return NULL;
    }
    return view->data + (position - 1);
}

int lmmio_view_index(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TNUMBER) {
        lua_settop(L, 2);
        lua_rawget(L, lua_upvalueindex(1));
        return 1;
    }
    const unsigned char *byte = byte_at(L, check_view(L));
    if (byte == NULL) {
        return 0;
    }
    lua_pushinteger(L, *byte);
    return 1;
}

static int view_newindex(lua_State *L)
{
    const view_box *view = check_view(L);
    uint64_t value = 0;
    if (!view->is_writable) {
        return luaL_error(L, "attempt to write through a read-only view");
    }
    if (!lmmio_to_u64(L, 3, &value) || value > UCHAR_MAX) {
        return luaL_error(L, "byte from 0 to 255 expected");
    }
    unsigned char *byte = byte_at(L, view);
    if (byte == NULL) {
        return luaL_error(L, "position is outside the view");
    }
    *byte = (unsigned char)value;
    return 0;
}

/* Bytes from one position to another, both as string.sub() takes them. Returns their number. */
static size_t slice(const view_box *view, lua_Integer from, lua_Integer to, const char **out_bytes)
{
    const lua_Integer size = (lua_Integer)view->size;
    if (from < 0) {
        from += size + 1;
    }
    if (to < 0) {
        to += size + 1;
    }
    from = from < 1 ? 1 : from;
    to = to > size ? size : to;
    if (from > to) {
        *out_bytes = "";
        return 0;
    }
    *out_bytes = (const char *)view->data + (from - 1);
    return (size_t)(to - from + 1);
}

/***
Copy bytes of the view into a string, as `string.sub` does.
@function view:sub
@int[opt=1] first position; negative ones count from the end
@int[opt=-1] last position
@treturn string
*/
static int view_sub(lua_State *L)
{
    const view_box *view = check_view(L);
    const char *bytes = NULL;
    const size_t count = slice(view, luaL_optinteger(L, 2, 1), luaL_optinteger(L, 3, -1), &bytes);
    lua_pushlstring(L, bytes, count);
    return 1;
}

/***
Bytes of the view as numbers, as `string.byte` does.
@function view:byte
@int[opt=1] first position; negative ones count from the end
@int[opt=first] last position
@return a number for each byte
*/
static int view_byte(lua_State *L)
{
    const view_box *view = check_view(L);
    const lua_Integer from = luaL_optinteger(L, 2, 1);
    const char *bytes = NULL;
    const size_t count = slice(view, from, luaL_optinteger(L, 3, from), &bytes);
    luaL_argcheck(L, count < INT_MAX, 3, "too many bytes");
    luaL_checkstack(L, (int)count, "too many bytes");
    for (size_t i = 0; i < count; i++) {
        lua_pushinteger(L, (unsigned char)bytes[i]);
    }
    return (int)count;
}

/***
Address of the first byte, for LuaJIT's `ffi.cast`. Good until the release; keep the view reachable.
@function view:pointer
@treturn lightuserdata
*/
static int view_pointer(lua_State *L)
{
    lua_pushlightuserdata(L, check_view(L)->data);
    return 1;
}

static int view_tostring(lua_State *L)
{
    const view_box *view = luaL_checkudata(L, 1, LMMIO_VIEW);
    if (!view->is_live) {
        lua_pushliteral(L, "mmio.view (released)");
        return 1;
    }
    lmmio_push_u64(L, view->size);
    lua_pushfstring(L, "mmio.view (%s bytes)", lua_tostring(L, -1));
    return 1;
}

const luaL_Reg lmmio_map_view_methods[] = {
    {"view", map_view},       {"run", map_run}, {"chunks", map_chunks},
    {"pointer", map_pointer}, {NULL, NULL},
};

const luaL_Reg lmmio_view_methods[] = {
    {"sub", view_sub},         {"byte", view_byte}, {"pointer", view_pointer},
    {"release", view_release}, {NULL, NULL},
};

const luaL_Reg lmmio_view_metamethods[] = {
    {"__len", view_len},    {"__newindex", view_newindex}, {"__tostring", view_tostring},
    {"__gc", view_release}, {"__close", view_release},     {NULL, NULL},
};
