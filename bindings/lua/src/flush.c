/* SPDX-License-Identifier: Apache-2.0 */
/* Making written bytes durable. */

/***
@submodule mmio
*/

#include "lmmio.h"

/***
Bytes recorded as written since the last flush of the whole map; 0 unless the mode is "rw".
@function map:pending
@treturn int
*/
static int map_pending(lua_State *L)
{
    lmmio_push_u64(L, mmio_map_pending(*lmmio_check_map(L)));
    return 1;
}

static uint32_t check_level(lua_State *L, int arg)
{
    return lmmio_check_constant(L, arg, "data", lmmio_levels);
}

/***
Flush the whole map: make what was written outlive a power loss.

A loss is remembered. A system reports a write-back that failed once and then takes the bytes for
written. So after the first failure, which is `MMIO_ERR_IO` or `MMIO_ERR_NO_SPACE`, every flush,
every write under a policy, `map:into_file` and `map:close` of every writable map of that file in
this process fail with `MMIO_ERR_LOST` and the first failure's code, until, map by map,
`map:rewrite_lost` succeeds or `map:acknowledge_loss` is called.

@function map:flush
@string[opt="data"] level "data": on the device when the call returns; "start": begin and return;
 "full": with all metadata, and through the device's own cache
@treturn boolean true, or nil and what failed
*/
static int map_flush(lua_State *L)
{
    mmio_map *map = *lmmio_check_map(L);
    const uint32_t level = check_level(L, 2);
    mmio_error error;
    return lmmio_done(L, mmio_map_flush(map, level, &error), &error);
}

/***
Flush a range, widened to whole pages. Leaves `map:pending` alone unless it is the whole map.
@function map:flush_range
@int offset
@int size
@string[opt="data"] level as for `map:flush`
@treturn boolean true, or nil and what failed
*/
static int map_flush_range(lua_State *L)
{
    mmio_map *map = *lmmio_check_map(L);
    const uint64_t offset = lmmio_check_u64(L, 2);
    const uint64_t size = lmmio_check_u64(L, 3);
    const uint32_t level = check_level(L, 4);
    mmio_error error;
    return lmmio_done(L, mmio_map_flush_range(map, offset, size, level, &error), &error);
}

/***
Write again what may be lost, on a device that works again, and flush.

Every page of the map that the system still has in memory is written back with what it holds now.
Pages that the system has dropped since show what the device has: after a long time, or short of
memory, look at the bytes or write them again first. Success: the map has lost nothing any more.
Failure: it still has. Does nothing if nothing is lost.

@function map:rewrite_lost
@string[opt="data"] level "data" or "full", as for `map:flush`
@treturn boolean true, or nil and what failed
*/
static int map_rewrite_lost(lua_State *L)
{
    mmio_map *map = *lmmio_check_map(L);
    const uint32_t level = check_level(L, 2);
    mmio_error error;
    return lmmio_done(L, mmio_map_rewrite_lost(map, level, &error), &error);
}

/***
Say that the program knows of a loss and sees to it by other means. Calls on the map succeed again,
until the next loss; the bytes stay as they are, in memory and not on the device.
@function map:acknowledge_loss
@treturn boolean true, also if nothing was lost; or nil and what failed
*/
static int map_acknowledge_loss(lua_State *L)
{
    mmio_map *map = *lmmio_check_map(L);
    mmio_error error;
    return lmmio_done(L, mmio_map_acknowledge_loss(map, &error), &error);
}

/***
Have the map flush itself, at level "data". A write whose flush fails says so, although its bytes
are in the map; a flush by time that fails is a loss: see `map:flush`. What is stored through views
and cells counts for "every_millis" only. Closing does not flush.
@function map:set_policy
@string policy "manual": never, as at first; "always": each write flushes; "every_bytes",
 "every_writes": the write that makes it so many since the last flush flushes; "every_millis": a
 thread of the library flushes so many milliseconds after something became pending
@int[opt=0] amount bytes, writes or milliseconds; 0 of these is the same as "manual"
@treturn boolean true, or nil and what failed
*/
static int map_set_policy(lua_State *L)
{
    mmio_map *map = *lmmio_check_map(L);
    const uint32_t policy = lmmio_check_constant(L, 2, NULL, lmmio_policies);
    const uint64_t amount = lua_isnoneornil(L, 3) ? 0 : lmmio_check_u64(L, 3);
    mmio_error error;
    return lmmio_done(L, mmio_map_set_policy(map, policy, amount, &error), &error);
}

const luaL_Reg lmmio_map_flush_methods[] = {
    {"pending", map_pending},
    {"flush", map_flush},
    {"flush_range", map_flush_range},
    {"rewrite_lost", map_rewrite_lost},
    {"acknowledge_loss", map_acknowledge_loss},
    {"set_policy", map_set_policy},
    {NULL, NULL},
};
