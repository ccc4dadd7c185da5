/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#include "flush.h"
#include "loss.h"
#include "timer.h"

static bool is_timed(const mmio_map *map)
{
    return atomic_load(&map->policy) == MMIO_POLICY_EVERY_MILLIS;
}

/* With the policy locked. */
static mmio_status change(const mmio__call *call, mmio_map *map, uint32_t policy, uint64_t amount)
{
    const bool was_timed = is_timed(map);
    const bool will_be_timed = policy == MMIO_POLICY_EVERY_MILLIS;
    if (was_timed) {
        mmio__timer_leave(map);
        atomic_store(&map->policy, MMIO_POLICY_MANUAL);
    }
    if (will_be_timed) {
        const mmio_status status = mmio__timer_join(call, map);
        if (status != MMIO_OK) {
            return status;
        }
    }
    atomic_store(&map->policy_count, 0);
    atomic_store(&map->policy_amount, amount);
    atomic_store(&map->policy, (uint8_t)policy);
    if (will_be_timed && mmio_map_pending(map) != 0) {
        (void)mmio__timer_arm(map); /* It runs: the map has joined. */
    }
    return MMIO_OK;
}

mmio_status mmio__policy_set(const mmio__call *call, mmio_map *map, uint32_t policy,
                             uint64_t amount)
{
    const bool takes_amount =
        policy >= MMIO_POLICY_EVERY_BYTES && policy <= MMIO_POLICY_EVERY_MILLIS;
    if (policy > MMIO_POLICY_EVERY_MILLIS || (amount != 0 && !takes_amount)) {
        return mmio__fail(call, MMIO_ERR_INVALID, "policy %u is unknown, or takes no amount",
                          (unsigned)policy);
    }
    if ((takes_amount && amount == 0) || !map->counts_pending) {
        policy = MMIO_POLICY_MANUAL;
        amount = 0;
    }
    mmio__lock_take(&map->policy_lock);
    mmio_status status = mmio__check_open(call, map);
    if (status == MMIO_OK) {
        status = change(call, map, policy, amount);
    }
    mmio__unlock(&map->policy_lock);
    return status;
}

mmio_status mmio_map_set_policy(mmio_map *map, uint32_t policy, uint64_t amount, mmio_error *error)
{
    const mmio__call call = {"mmio_map_set_policy", mmio_map_path(map), error};
    return map != NULL ? mmio__policy_set(&call, map, policy, amount)
                       : mmio__fail(&call, MMIO_ERR_INVALID, "the map is NULL");
}

void mmio__policy_end(mmio_map *map)
{
    mmio__lock_take(&map->policy_lock);
    mmio__policy_end_paused(map);
}

void mmio__policy_pause(mmio_map *map)
{
    mmio__lock_take(&map->policy_lock);
    if (is_timed(map)) {
        mmio__timer_pause(map);
    }
}

void mmio__policy_resume(mmio_map *map)
{
    if (is_timed(map)) {
        mmio__timer_resume(map);
    }
    mmio__unlock(&map->policy_lock);
}

void mmio__policy_end_paused(mmio_map *map)
{
    if (is_timed(map)) {
        mmio__timer_leave(map);
        atomic_store(&map->policy, MMIO_POLICY_MANUAL);
    }
    mmio__unlock(&map->policy_lock);
}

/* Whether what was counted so far asks for a flush. Of several writers exactly one is told so. */
static bool is_due(mmio_map *map, uint64_t counted)
{
    const uint64_t amount = atomic_load(&map->policy_amount);
    uint64_t count = atomic_fetch_add(&map->policy_count, counted) + counted;
    return count >= amount && atomic_exchange(&map->policy_count, 0) >= amount;
}

static bool asks_for_flush(mmio_map *map, uint64_t writes, uint64_t bytes)
{
    switch (atomic_load(&map->policy)) {
    case MMIO_POLICY_ALWAYS:
        return true;
    case MMIO_POLICY_EVERY_BYTES:
        return is_due(map, bytes);
    case MMIO_POLICY_EVERY_WRITES:
        return is_due(map, writes);
    case MMIO_POLICY_EVERY_MILLIS:
        return !mmio__timer_arm(map) && mmio_map_pending(map) != 0;
    default:
        return false;
    }
}

mmio_status mmio__policy_apply(const mmio__call *call, mmio_map *map, uint64_t writes,
                               uint64_t bytes)
{
    const bool had_lost = mmio__lost_code(map) != 0;
    const int32_t code =
        asks_for_flush(map, writes, bytes) ? mmio__flush_map(map, MMIO__OS_FLUSH_DATA) : 0;
    return mmio__flush_outcome(call, map, had_lost, code, "written, but a flush by policy failed");
}
