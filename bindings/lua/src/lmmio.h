/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the Lua module share.
 *
 * One rule for failures, and it is io's: what is wrong about the call itself (a type, a number
 * that is not whole, an unknown name, a closed map, a released view) is raised; what the library
 * refuses is returned, by lmmio_fail().
 */
#ifndef LMMIO_H
#define LMMIO_H

#include <stdbool.h>

#include <lauxlib.h>
#include <lua.h>
#include <mmio.h>

/* Names of the metatables. */
#define LMMIO_MAP "mmio.map"
#define LMMIO_VIEW "mmio.view"

/* Numbers: whole and from 0 up. Those that a Lua number cannot hold are decimal strings. */
bool lmmio_to_u64(lua_State *L, int index, uint64_t *out_value);
uint64_t lmmio_check_u64(lua_State *L, int arg);
size_t lmmio_check_size(lua_State *L, int arg);
void lmmio_push_u64(lua_State *L, uint64_t value);

/* Width of an atomic cell: 32 or 64, which is the default. */
uint32_t lmmio_check_bits(lua_State *L, int arg);

/* A name and its number. Lists end with a NULL name. */
typedef struct {
    const char *name;
    uint32_t value;
} lmmio_constant;

extern const lmmio_constant lmmio_causes[];
extern const lmmio_constant lmmio_dispositions[];
extern const lmmio_constant lmmio_features[];
extern const lmmio_constant lmmio_guards[];
extern const lmmio_constant lmmio_kinds[];
extern const lmmio_constant lmmio_levels[];
extern const lmmio_constant lmmio_modes[];
extern const lmmio_constant lmmio_on_faults[];
extern const lmmio_constant lmmio_open_flags[];
extern const lmmio_constant lmmio_policies[];
extern const lmmio_constant lmmio_touches[];

/* NULL if the list has not the name, or the number. */
const lmmio_constant *lmmio_find_constant(const lmmio_constant constants[], const char *name);
const char *lmmio_constant_name(const lmmio_constant constants[], uint32_t value);

/* An argument that is one of the names. Raises if it is not, and if there is none and `otherwise`
 * is NULL. */
uint32_t lmmio_check_constant(lua_State *L, int arg, const char *otherwise,
                              const lmmio_constant constants[]);

/* How to open: nothing, the name of a mode, or a table of options. */
void lmmio_check_options(lua_State *L, int arg, mmio_open_options *options);

/* Results: the number of Lua values returned. */
int lmmio_fail(lua_State *L, const mmio_error *error);
int lmmio_done(lua_State *L, mmio_status status, const mmio_error *error);

/* Maps. A map userdata holds a pointer, NULL once it is closed. */
mmio_map **lmmio_new_map(lua_State *L);
mmio_map **lmmio_check_map(lua_State *L);

/* Guards the process as its environment says; for when the module is loaded. */
void lmmio_guard_process(lua_State *L);

/* Functions of the module and methods, by the file that has them. */
extern const luaL_Reg lmmio_open_functions[];
extern const luaL_Reg lmmio_fault_functions[];
extern const luaL_Reg lmmio_map_methods[];
extern const luaL_Reg lmmio_map_file_methods[];
extern const luaL_Reg lmmio_map_flush_methods[];
extern const luaL_Reg lmmio_map_view_methods[];
extern const luaL_Reg lmmio_map_atomic_methods[];
extern const luaL_Reg lmmio_map_fault_methods[];
extern const luaL_Reg lmmio_map_metamethods[];
extern const luaL_Reg lmmio_view_methods[];
extern const luaL_Reg lmmio_view_metamethods[];
int lmmio_view_index(lua_State *L); /* A closure over the table of view methods. */

#endif
