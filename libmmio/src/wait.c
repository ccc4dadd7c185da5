/* SPDX-License-Identifier: Apache-2.0 */
/* Sleeping until a cell changes. */
#include "atomic.h"
#include "guard.h"
#include "system.h"

/*
 * How often a waiter looks up by itself. The system can wake it for the cell only, which belongs to
 * other processes too, so that a shutdown of the map has no other way to end the wait; and a
 * process that dies between changing a cell and waking others must not leave them asleep.
 */
#define LOOK_EACH_NS ((int64_t)100 * 1000000)

static mmio_status fail(const mmio__call *call, const mmio_map *map, uint64_t offset, int32_t code,
                        const char *what)
{
    const uint64_t size = sizeof(uint32_t);
    return mmio__os_status(code) == MMIO_ERR_FAULT
               ? mmio__fail_fault(call, map, offset, size, size, true)
               : mmio__fail_system(call, code, what);
}

/* Only the system looks at the cell: it survives that the file is cut meanwhile. */
static mmio_status wait_held(const mmio__call *call, const mmio_map *map, uint64_t offset,
                             _Atomic uint32_t *cell, uint32_t expected, mmio__deadline deadline)
{
    for (;;) {
        const mmio_status status = mmio__check_open(call, map);
        if (status != MMIO_OK) {
            return status;
        }
        const int64_t look = mmio__os_now_ns() + LOOK_EACH_NS;
        const int64_t until = look < deadline ? look : deadline;
        const int32_t code = mmio__os_wait_shared(cell, expected, until);
        if (code == 0) {
            return MMIO_OK;
        }
        if (code != MMIO__OS_TIMED_OUT) {
            return fail(call, map, offset, code, "cannot wait for the cell");
        }
        if (until == deadline) {
            return mmio__fail(call, mmio__deadline_status(deadline), "the cell holds %u",
                              (unsigned)expected);
        }
    }
}

mmio_status mmio_atomic_u32_wait(mmio_map *map, uint64_t offset, uint32_t expected,
                                 int64_t timeout_ms, mmio_error *error)
{
    const mmio__call call = {"mmio_atomic_u32_wait", mmio_map_path(map), error};
    const mmio__deadline deadline = mmio__deadline_after(timeout_ms);
    mmio__hold hold;
    mmio_status status = mmio__hold_cell(&call, map, offset, sizeof expected, &hold);
    if (status == MMIO_OK) {
        status = wait_held(&call, map, offset, (_Atomic uint32_t *)(void *)hold.data, expected,
                           deadline);
        mmio__hold_release(&hold);
    }
    return status;
}

mmio_status mmio_atomic_u32_wake(mmio_map *map, uint64_t offset, uint32_t count,
                                 uint32_t *out_woken, mmio_error *error)
{
    const mmio__call call = {"mmio_atomic_u32_wake", mmio_map_path(map), error};
    uint32_t woken = 0;
    uint32_t *out = out_woken != NULL ? out_woken : &woken;
    *out = 0;
    mmio__hold hold;
    const mmio_status status = mmio__hold_cell(&call, map, offset, sizeof(uint32_t), &hold);
    if (status != MMIO_OK) {
        return status;
    }
    int32_t code = 0;
    if (count != 0) {
        code = mmio__os_wake_shared((_Atomic uint32_t *)(void *)hold.data, count, out);
    }
    const mmio_status answer =
        code == 0 ? MMIO_OK : fail(&call, map, offset, code, "cannot wake those who wait");
    mmio__hold_release(&hold);
    return answer;
}
