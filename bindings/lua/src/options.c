/* SPDX-License-Identifier: Apache-2.0 */
/* How to open: nothing, the name of a mode, or a table of options. */
#include "lmmio.h"

#include <string.h>

/* In these lists the index of a name is its number in C. */
const char *const lmmio_mode_names[] = {"default", "ro", "rw", "cow", "cow_rw", NULL};
static const char *const disposition_names[] = {"open", "create", "create_new", "open_or_create",
                                                NULL};
static const char *const touch_names[] = {"never", "eager", "lazy", NULL};
static const char *const on_fault_names[] = {"default", "absorb", "never", NULL};

static const struct {
    const char *name;
    uint32_t bit;
} flags[] = {
    {"allocate", MMIO_OPEN_ALLOCATE},
    {"nofollow", MMIO_OPEN_NOFOLLOW},
    {"beneath", MMIO_OPEN_BENEATH},
};

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

static uint32_t name_value(const entry *option, const char *const names[])
{
    if (lua_type(option->L, -1) == LUA_TSTRING) {
        const char *value = lua_tostring(option->L, -1);
        for (uint32_t i = 0; names[i] != NULL; i++) {
            if (strcmp(names[i], value) == 0) {
                return i;
            }
        }
    }
    refuse(option, "no such name");
    return 0;
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
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(flags[i].name, option->name) == 0) {
            if (!lua_isboolean(option->L, -1)) {
                refuse(option, "boolean expected");
            }
            return lua_toboolean(option->L, -1) ? flags[i].bit : 0;
        }
    }
    refuse(option, "no such option");
    return 0;
}

static void set_option(const entry *option, mmio_open_options *options)
{
    if (strcmp(option->name, "mode") == 0) {
        options->mode = name_value(option, lmmio_mode_names);
    } else if (strcmp(option->name, "disposition") == 0) {
        options->disposition = name_value(option, disposition_names);
    } else if (strcmp(option->name, "touch") == 0) {
        options->touch = name_value(option, touch_names);
    } else if (strcmp(option->name, "on_fault") == 0) {
        options->on_fault = name_value(option, on_fault_names);
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
        options->mode = (uint32_t)luaL_checkoption(L, arg, NULL, lmmio_mode_names);
        return;
    }
    luaL_checktype(L, arg, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, arg) != 0; lua_pop(L, 1)) {
        luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING, arg, "options have names");
        const entry option = {L, arg, lua_tostring(L, -2)};
        set_option(&option, options);
    }
}
