/* SPDX-License-Identifier: Apache-2.0 */
/* How to open: nothing, the name of a mode, or a table of options. */
#include "lmmio.h"

#include <string.h>

/* One entry of the options table, its value on top of the stack. */
typedef struct {
    lua_State *L;
    int arg;
    const char *name;
} entry;

static void refuse(const entry *option, const char *problem)
{
    luaL_argerror(option->L, option->arg,
                  lua_pushfstring(option->L, "option '%s': %s", option->name, problem));
}

static uint32_t name_value(const entry *option, const lmmio_constant constants[])
{
    const lmmio_constant *constant = NULL;
    if (lua_type(option->L, -1) == LUA_TSTRING) {
        constant = lmmio_find_constant(constants, lua_tostring(option->L, -1));
    }
    if (constant == NULL) {
        refuse(option, "no such name");
    }
    return constant->value;
}

static uint64_t number_value(const entry *option, uint64_t limit)
{
    uint64_t value = 0;
    if (!lmmio_to_u64(option->L, -1, &value) || value > limit) {
        refuse(option, "whole number expected");
    }
    return value;
}

static uint32_t flag_value(const entry *option)
{
    const lmmio_constant *flag = lmmio_find_constant(lmmio_open_flags, option->name);
    if (flag == NULL) {
        refuse(option, "no such option");
    }
    if (!lua_isboolean(option->L, -1)) {
        refuse(option, "boolean expected");
    }
    return lua_toboolean(option->L, -1) ? flag->value : 0;
}

static void set_option(const entry *option, mmio_open_options *options)
{
    if (strcmp(option->name, "mode") == 0) {
        options->mode = name_value(option, lmmio_modes);
    } else if (strcmp(option->name, "disposition") == 0) {
        options->disposition = name_value(option, lmmio_dispositions);
    } else if (strcmp(option->name, "touch") == 0) {
        options->touch = name_value(option, lmmio_touches);
    } else if (strcmp(option->name, "on_fault") == 0) {
        options->on_fault = name_value(option, lmmio_on_faults);
    } else if (strcmp(option->name, "size") == 0) {
        options->size = number_value(option, UINT64_MAX);
    } else if (strcmp(option->name, "reserve") == 0) {
        options->reserve = number_value(option, UINT64_MAX);
    } else if (strcmp(option->name, "permissions") == 0) {
        options->permissions = (uint32_t)number_value(option, UINT32_MAX);
    } else {
        options->flags |= flag_value(option);
    }
}

void lmmio_check_options(lua_State *L, int arg, mmio_open_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    if (lua_isnoneornil(L, arg)) {
        return;
    }
    if (lua_type(L, arg) == LUA_TSTRING) {
        options->mode = lmmio_check_constant(L, arg, NULL, lmmio_modes);
        return;
    }
    luaL_checktype(L, arg, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, arg) != 0; lua_pop(L, 1)) {
        luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING, arg, "options have names");
        const entry option = {L, arg, lua_tostring(L, -2)};
        set_option(&option, options);
    }
}
