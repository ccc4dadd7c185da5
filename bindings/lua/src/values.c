/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and results between Lua and C. */
#include "lmmio.h"

#include <inttypes.h>
#include <stdio.h>

/* Up to here every whole number is a double. */
#define EXACT_LIMIT 9007199254740992.0

static bool string_to_u64(lua_State *L, int index, uint64_t *out_value)
{
    size_t length = 0;
    const char *text = lua_tolstring(L, index, &length);
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned digit = (unsigned)text[i] - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out_value = value;
    return length > 0;
}

static bool float_to_u64(lua_Number number, uint64_t *out_value)
{
    if (!(number >= 0 && number <= (lua_Number)EXACT_LIMIT)) {
        return false;
    }
    *out_value = (uint64_t)number;
    return (lua_Number)*out_value == number;
}

bool lmmio_to_u64(lua_State *L, int index, uint64_t *out_value)
{
    if (lua_type(L, index) == LUA_TSTRING) {
        return string_to_u64(L, index, out_value);
    }
    if (lua_type(L, index) != LUA_TNUMBER) {
        return false;
    }
#if LUA_VERSION_NUM >= 503
    if (lua_isinteger(L, index)) {
        *out_value = (uint64_t)lua_tointeger(L, index);
        return lua_tointeger(L, index) >= 0;
    }
#endif
    return float_to_u64(lua_tonumber(L, index), out_value);
}

uint64_t lmmio_check_u64(lua_State *L, int arg)
{
    uint64_t value = 0;
    if (!lmmio_to_u64(L, arg, &value)) {
        const char *given = lua_isstring(L, arg) ? lua_tostring(L, arg) : luaL_typename(L, arg);
        luaL_argerror(L, arg,
                      lua_pushfstring(L,
                                      "whole number from 0 to 2^53, or a larger one in decimal "
                                      "digits, expected, got %s",
                                      given));
    }
    return value;
}

size_t lmmio_check_size(lua_State *L, int arg)
{
    const uint64_t value = lmmio_check_u64(L, arg);
    const size_t size = (size_t)value;
    luaL_argcheck(L, size == value, arg, "more than memory can hold");
    return size;
}

void lmmio_push_u64(lua_State *L, uint64_t value)
{
#if LUA_VERSION_NUM >= 503
    /* As string.unpack("J") does: from 2^63 on it is a negative integer with the same bits. */
    lua_pushinteger(L, (lua_Integer)value);
#else
    if (value <= (uint64_t)EXACT_LIMIT) {
        lua_pushnumber(L, (lua_Number)value);
    } else {
        char digits[21];
        (void)snprintf(digits, sizeof digits, "%" PRIu64, value);
        lua_pushstring(L, digits);
    }
#endif
}

/* A later library may know more causes. */
static void push_cause(lua_State *L, uint32_t cause)
{
    const char *name = lmmio_constant_name(lmmio_causes, cause);
    lua_pushstring(L, name != NULL ? name : "unknown");
}

int lmmio_fail(lua_State *L, const mmio_error *error)
{
    lua_pushnil(L);
    lua_pushstring(L, error->message);
    lua_pushinteger(L, error->os_code);
    lua_pushstring(L, mmio_status_name(error->status));
    lmmio_push_u64(L, error->offset);
    lmmio_push_u64(L, error->size);
    lmmio_push_u64(L, error->limit);
    if (error->status != MMIO_ERR_FAULT) {
        return 7;
    }
    lmmio_push_u64(L, error->done);
    push_cause(L, error->cause);
    return 9;
}

int lmmio_done(lua_State *L, mmio_status status, const mmio_error *error)
{
    if (status != MMIO_OK) {
        return lmmio_fail(L, error);
    }
    lua_pushboolean(L, 1);
    return 1;
}
