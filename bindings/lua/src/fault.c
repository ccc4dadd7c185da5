/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that vanish from under a map. */

/***
@submodule mmio
*/

#include "lmmio.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define GUARD_VARIABLE "MMIO_FAULT_GUARD"

/* What the environment asks for, or the default. */
static uint32_t wanted_guard(lua_State *L, const char *name)
{
    if (name == NULL) {
        return MMIO_GUARD_SIGNAL;
    }
    const lmmio_constant *guard = lmmio_find_constant(lmmio_guards, name);
    if (guard == NULL) {
        luaL_error(L,
                   "the environment variable " GUARD_VARIABLE
                   " may be 'signal', 'syscall' or 'off', but is '%s'",
                   name);
    }
    return guard->value;
}

void lmmio_guard_process(lua_State *L)
{
    static _Atomic bool is_done;
    const char *name = getenv(GUARD_VARIABLE);
    const uint32_t guard = wanted_guard(L, name);
    /* The guard is one for all states, and for all languages in the process. */
    const bool is_chosen = is_done || (name == NULL && mmio_fault_guard_now() != MMIO_GUARD_OFF);
    mmio_error error;
    /* Not every processor has the default. */
    if (!is_chosen && mmio_fault_guard(guard, &error) != MMIO_OK && name != NULL) {
        luaL_error(L, "%s", error.message);
    }
    is_done = true;
}

/***
Choose the guard of the process, or ask for the present one.

`"signal"`, which loading the module chooses: calls that meet bytes that are gone fail with
`MMIO_ERR_FAULT`, and views go on as the option `on_fault` says. `"syscall"`: the same for calls,
slower and without a signal handler; views are not guarded. `"off"`: the system ends the process.

@function fault_guard
@string[opt] guard
@treturn string the guard from now on; or nil and what failed
*/
static int library_fault_guard(lua_State *L)
{
    if (!lua_isnoneornil(L, 1)) {
        const uint32_t guard = lmmio_check_constant(L, 1, NULL, lmmio_guards);
        mmio_error error;
        if (mmio_fault_guard(guard, &error) != MMIO_OK) {
            return lmmio_fail(L, &error);
        }
    }
    lua_pushstring(L, lmmio_constant_name(lmmio_guards, mmio_fault_guard_now()));
    return 1;
}

/***
Ask whether all bytes of the map are there: none was lost to a fault, and the file is as long as the
map. It looks at no bytes, only at the file's length.
@function map:check_faults
@treturn boolean true, or nil and what failed
*/
static int map_check_faults(lua_State *L)
{
    mmio_map *map = *lmmio_check_map(L);
    mmio_error error;
    return lmmio_done(L, mmio_map_check_faults(map, &error), &error);
}

const luaL_Reg lmmio_fault_functions[] = {
    {"fault_guard", library_fault_guard},
    {NULL, NULL},
};

const luaL_Reg lmmio_map_fault_methods[] = {
    {"check_faults", map_check_faults},
    {NULL, NULL},
};
