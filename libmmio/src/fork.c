/* SPDX-License-Identifier: Apache-2.0 */
#include "fork.h"

#include <stdatomic.h>
#include <stddef.h>

#include "dispatch.h"
#include "maps.h"
#include "os/os.h"
#include "queue.h"
#include "range_lock.h"
#include "system.h"
#include "timer.h"

typedef struct hook {
    void (*before)(void); /* Or NULL. */
    void (*after)(void);  /* In the parent. Or NULL. */
    void (*child)(void);  /* In the child, instead. */
} hook;

/* In the order in which their locks may be taken. */
static const hook hooks[] = {
    {mmio__dispatch_before_fork, mmio__dispatch_after_fork, mmio__dispatch_forked},
    {mmio__queues_before_fork, mmio__queues_after_fork, mmio__queues_after_fork},
    {mmio__timer_before_fork, mmio__timer_after_fork, mmio__timer_forked},
    {mmio__maps_before_fork, mmio__maps_after_fork, mmio__maps_forked},
    {mmio__range_locks_before_fork, mmio__range_locks_after_fork, mmio__range_locks_forked},
    {NULL, NULL, mmio__os_find_huge_pages_forked},
    {NULL, NULL, mmio__os_guard_forked},
};

#define HOOK_COUNT (sizeof hooks / sizeof hooks[0])

static _Atomic uint32_t forks;
static _Atomic bool is_prepared;

static void run_before(void)
{
    for (size_t i = 0; i < HOOK_COUNT; i++) {
        if (hooks[i].before != NULL) {
            hooks[i].before();
        }
    }
}

static void run_after(void)
{
    for (size_t i = HOOK_COUNT; i-- > 0;) {
        if (hooks[i].after != NULL) {
            hooks[i].after();
        }
    }
}

static void run_in_child(void)
{
    atomic_fetch_add(&forks, 1);
    for (size_t i = HOOK_COUNT; i-- > 0;) {
        hooks[i].child();
    }
}

mmio_status mmio__forks_prepare(const mmio__call *call)
{
    if (atomic_load_explicit(&is_prepared, memory_order_relaxed) ||
        atomic_exchange(&is_prepared, true)) {
        return MMIO_OK;
    }
    const int32_t code = mmio__os_at_fork(run_before, run_after, run_in_child);
    if (code != 0) {
        atomic_store(&is_prepared, false);
        return mmio__fail_system(call, code, "cannot prepare for fork()");
    }
    return MMIO_OK;
}

uint32_t mmio__forks(void)
{
    return atomic_load_explicit(&forks, memory_order_relaxed);
}
