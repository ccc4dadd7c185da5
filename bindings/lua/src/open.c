/* SPDX-License-Identifier: Apache-2.0 */
/* Ways into a map, and the way from a map back to a Lua file. */

/***
@submodule mmio
*/

#define _POSIX_C_SOURCE 200809L

#include "lmmio.h"

#include <errno.h>
#include <fcntl.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *check_path(lua_State *L, int arg)
{
    size_t length = 0;
    const char *path = luaL_checklstring(L, arg, &length);
    luaL_argcheck(L, strlen(path) == length, arg, "has a NUL byte");
    return path;
}

/* The result of an opening function: the map on top of the stack, or why there is none. */
static int opened(lua_State *L, mmio_status status, const mmio_error *error)
{
    return status == MMIO_OK ? 1 : lmmio_fail(L, error);
}

/***
Map a file.

The map covers the whole file. A directory, FIFO, socket or device is refused at once.

@function open
@string path any bytes but NUL
@tparam[opt="ro"] string|options how a mode, or a table of options
@treturn map the map; or nil and what failed
@usage local map = assert(mmio.open("data.bin", "rw"))
@usage local map = assert(mmio.open("new.bin", {disposition = "create", size = 4096}))
*/
static int open_path(lua_State *L)
{
    const char *path = check_path(L, 1);
    mmio_open_options options;
    lmmio_check_options(L, 2, &options);
    mmio_map **map = lmmio_new_map(L);
    mmio_error error;
    return opened(L, mmio_map_open(path, &options, map, &error), &error);
}

/***
Map zeroed memory that no file stands behind. It works like any other map; flushing does nothing.

@function anonymous
@int size in bytes, at least 1
@tparam[opt="rw"] string|options how a mode, or a table with `mode`, `reserve` and `touch`
@treturn map the map; or nil and what failed
*/
static int open_anonymous(lua_State *L)
{
    const uint64_t size = lmmio_check_u64(L, 1);
    mmio_open_options options;
    lmmio_check_options(L, 2, &options);
    mmio_map **map = lmmio_new_map(L);
    mmio_error error;
    return opened(L, mmio_map_anonymous(size, &options, map, &error), &error);
}

static FILE *check_file(lua_State *L, int arg)
{
#if LUA_VERSION_NUM >= 502
    const luaL_Stream *stream = luaL_checkudata(L, arg, LUA_FILEHANDLE);
    FILE *file = stream->closef != NULL ? stream->f : NULL;
#else
    FILE *file = *(FILE **)luaL_checkudata(L, arg, LUA_FILEHANDLE);
#endif
    if (file == NULL) {
        luaL_error(L, "attempt to use a closed file");
    }
    return file;
}

/* A failed system call of this file's own. */
static int fail_system(lua_State *L, const char *what)
{
    mmio_error error = {.status = errno == EMFILE ? MMIO_ERR_LIMIT : MMIO_ERR_IO, .os_code = errno};
    (void)snprintf(error.message, sizeof error.message, "%s: %s", what, strerror(errno));
    return lmmio_fail(L, &error);
}

/***
Map a file that Lua has open.

What the file has buffered is written out first. The map takes a duplicate of the descriptor, so the
file may be closed, and its descriptor stays with it.

@function from_file
@tparam file file as `io.open` returns it
@tparam[opt="ro"] string|options how a mode, or a table of options
@string[opt=""] label stands for the path in messages and in `map:path`
@treturn map the map; or nil and what failed
*/
static int open_file(lua_State *L)
{
    FILE *file = check_file(L, 1);
    mmio_open_options options;
    lmmio_check_options(L, 2, &options);
    const char *label = lua_isnoneornil(L, 3) ? "" : check_path(L, 3);
    mmio_map **map = lmmio_new_map(L);
    if (fflush(file) != 0) {
        return fail_system(L, "from_file: writing out the file's buffer");
    }
    const int descriptor = fcntl(fileno(file), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) {
        return fail_system(L, "from_file: duplicating the descriptor");
    }
    mmio_error error;
    const mmio_status status = mmio_map_from_handle(descriptor, label, &options, map, &error);
    if (status != MMIO_OK) {
        (void)close(descriptor);
    }
    return opened(L, status, &error);
}

/* Lua makes its files only by opening a path. So this opens one, for the map's file to be put in
 * its place before anything is read or written. Leaves the results of io.open from index 2 on. */
static FILE *open_placeholder(lua_State *L, uint32_t mode)
{
    lua_settop(L, 1);
    lua_getglobal(L, "io");
    lua_getfield(L, 2, "open");
    lua_replace(L, 2);
    lua_pushliteral(L, "/dev/null");
    lua_pushstring(L, mode == MMIO_MODE_RW ? "r+b" : "rb");
    lua_call(L, 2, LUA_MULTRET);
    return lua_isuserdata(L, 2) ? check_file(L, 2) : NULL;
}

static void close_placeholder(lua_State *L)
{
    lua_getfield(L, 2, "close");
    lua_pushvalue(L, 2);
    lua_call(L, 1, 0);
}

/***
Close a map and take its file back as a Lua file.

Failure changes nothing: `MMIO_ERR_BUSY` while a view of the map lives, `MMIO_ERR_MODE` for an
anonymous map.

@function map:into_file
@treturn file for reading and writing if the map was "rw", else for reading; or nil and what failed
*/
static int map_into_file(lua_State *L)
{
    mmio_map **map = lmmio_check_map(L);
    FILE *file = open_placeholder(L, mmio_map_mode(*map));
    if (file == NULL) {
        return lua_gettop(L) - 1;
    }
    intptr_t handle = -1;
    mmio_error error;
    if (mmio_map_into_handle(*map, &handle, &error) != MMIO_OK) {
        close_placeholder(L);
        return lmmio_fail(L, &error);
    }
    mmio_map_close(*map);
    *map = NULL;
    const int placed = dup2((int)handle, fileno(file));
    const int results = placed < 0 ? fail_system(L, "into_file: duplicating the descriptor") : 1;
    (void)close((int)handle);
    return results;
}

const luaL_Reg lmmio_open_functions[] = {
    {"open", open_path},
    {"anonymous", open_anonymous},
    {"from_file", open_file},
    {NULL, NULL},
};

const luaL_Reg lmmio_map_file_methods[] = {
    {"into_file", map_into_file},
    {NULL, NULL},
};
