/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of 32 and 64 bits that threads, processes and languages share. */

/***
@submodule mmio
*/

#include "lmmio.h"

uint32_t lmmio_check_bits(lua_State *L, int arg)
{
    const lua_Integer bits = luaL_optinteger(L, arg, 64);
    luaL_argcheck(L, bits == 32 || bits == 64, arg, "32 or 64 expected");
    return (uint32_t)bits;
}

static uint32_t check_cell32(lua_State *L, int arg)
{
    const uint64_t value = lmmio_check_u64(L, arg);
    luaL_argcheck(L, value <= UINT32_MAX, arg, "does not fit in 32 bits");
    return (uint32_t)value;
}

static uint64_t check_cell64(lua_State *L, int arg)
{
#if LUA_VERSION_NUM >= 503
    /* A negative integer stands for the unsigned number with the same bits. */
    if (lua_isinteger(L, arg)) {
        return (uint64_t)lua_tointeger(L, arg);
    }
#endif
    return lmmio_check_u64(L, arg);
}

static int value_or_failure(lua_State *L, mmio_status status, uint64_t value,
                            const mmio_error *error)
{
    if (status != MMIO_OK) {
        return lmmio_fail(L, error);
    }
    lmmio_push_u64(L, value);
    return 1;
}

/***
Read a cell.
@function map:atomic_load
@int offset
@int[opt=64] bits 32 or 64
@treturn int the value, or nil and what failed
*/
static int atomic_load(lua_State *L)
{
    mmio_map *map = *lmmio_check_map(L);
    const uint64_t offset = lmmio_check_u64(L, 2);
    mmio_error error;
    if (lmmio_check_bits(L, 3) == 32) {
        uint32_t value = 0;
        const mmio_status status = mmio_atomic_u32_load(map, offset, &value, &error);
        return value_or_failure(L, status, value, &error);
    }
    uint64_t value = 0;
    const mmio_status status = mmio_atomic_u64_load(map, offset, &value, &error);
    return value_or_failure(L, status, value, &error);
}

/***
Set a cell.
@function map:atomic_store
@int offset
@int value
@int[opt=64] bits 32 or 64
@treturn boolean true, or nil and what failed
*/
static int atomic_store(lua_State *L)
{
    mmio_map *map = *lmmio_check_map(L);
    const uint64_t offset = lmmio_check_u64(L, 2);
    mmio_error error;
    const mmio_status status = lmmio_check_bits(L, 4) == 32
                                   ? mmio_atomic_u32_store(map, offset, check_cell32(L, 3), &error)
                                   : mmio_atomic_u64_store(map, offset, check_cell64(L, 3), &error);
    return lmmio_done(L, status, &error);
}

/***
Set a cell to `desired` if it holds `expected`.
@function map:atomic_compare_exchange
@int offset
@int expected
@int desired
@int[opt=64] bits 32 or 64
@treturn int what the cell held: equal to `expected` exactly if the cell was set; or nil and what
 failed
*/
static int atomic_compare_exchange(lua_State *L)
{
    mmio_map *map = *lmmio_check_map(L);
    const uint64_t offset = lmmio_check_u64(L, 2);
    mmio_error error;
    if (lmmio_check_bits(L, 5) == 32) {
        uint32_t before = 0;
        const mmio_status status = mmio_atomic_u32_compare_exchange(
            map, offset, check_cell32(L, 3), check_cell32(L, 4), &before, &error);
        return value_or_failure(L, status, before, &error);
    }
    uint64_t before = 0;
    const mmio_status status = mmio_atomic_u64_compare_exchange(
        map, offset, check_cell64(L, 3), check_cell64(L, 4), &before, &error);
    return value_or_failure(L, status, before, &error);
}

typedef mmio_status(MMIO_CALL *update32)(mmio_map *, uint64_t, uint32_t, uint32_t *, mmio_error *);
typedef mmio_status(MMIO_CALL *update64)(mmio_map *, uint64_t, uint64_t, uint64_t *, mmio_error *);

/* The operations that take one value and return what the cell held. */
static int update(lua_State *L, update32 narrow, update64 wide)
{
    mmio_map *map = *lmmio_check_map(L);
    const uint64_t offset = lmmio_check_u64(L, 2);
    mmio_error error;
    if (lmmio_check_bits(L, 4) == 32) {
        uint32_t before = 0;
        const mmio_status status = narrow(map, offset, check_cell32(L, 3), &before, &error);
        return value_or_failure(L, status, before, &error);
    }
    uint64_t before = 0;
    const mmio_status status = wide(map, offset, check_cell64(L, 3), &before, &error);
    return value_or_failure(L, status, before, &error);
}

/***
Set a cell and return what it held.
@function map:atomic_exchange
@int offset
@int value
@int[opt=64] bits 32 or 64
@treturn int what the cell held, or nil and what failed
*/
static int atomic_exchange(lua_State *L)
{
    return update(L, mmio_atomic_u32_exchange, mmio_atomic_u64_exchange);
}

/***
Add to a cell, wrapping around.
@function map:atomic_add
@int offset
@int value
@int[opt=64] bits 32 or 64
@treturn int what the cell held, or nil and what failed
*/
static int atomic_add(lua_State *L)
{
    return update(L, mmio_atomic_u32_add, mmio_atomic_u64_add);
}

/***
Subtract from a cell, wrapping around.
@function map:atomic_sub
@int offset
@int value
@int[opt=64] bits 32 or 64
@treturn int what the cell held, or nil and what failed
*/
static int atomic_sub(lua_State *L)
{
    return update(L, mmio_atomic_u32_sub, mmio_atomic_u64_sub);
}

/***
AND a cell with a value.
@function map:atomic_and
@int offset
@int value
@int[opt=64] bits 32 or 64
@treturn int what the cell held, or nil and what failed
*/
static int atomic_and(lua_State *L)
{
    return update(L, mmio_atomic_u32_and, mmio_atomic_u64_and);
}

/***
OR a cell with a value.
@function map:atomic_or
@int offset
@int value
@int[opt=64] bits 32 or 64
@treturn int what the cell held, or nil and what failed
*/
static int atomic_or(lua_State *L)
{
    return update(L, mmio_atomic_u32_or, mmio_atomic_u64_or);
}

/***
XOR a cell with a value.
@function map:atomic_xor
@int offset
@int value
@int[opt=64] bits 32 or 64
@treturn int what the cell held, or nil and what failed
*/
static int atomic_xor(lua_State *L)
{
    return update(L, mmio_atomic_u32_xor, mmio_atomic_u64_xor);
}

const luaL_Reg lmmio_map_atomic_methods[] = {
    {"atomic_load", atomic_load},         {"atomic_store", atomic_store},
    {"atomic_exchange", atomic_exchange}, {"atomic_compare_exchange", atomic_compare_exchange},
    {"atomic_add", atomic_add},           {"atomic_sub", atomic_sub},
    {"atomic_and", atomic_and},           {"atomic_or", atomic_or},
    {"atomic_xor", atomic_xor},           {NULL, NULL},
};
