/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch.h"

#include "base/compiler.h"
#include "fork.h"
#include "lock.h"
#include "nodes.h"
#include "watch.h"

static mmio__lock dispatch_lock;
static uint32_t joined_watchers;
static bool dispatcher_is_running;

void mmio__dispatch_lock(void)
{
    mmio__lock_take(&dispatch_lock);
}

void mmio__dispatch_unlock(void)
{
    mmio__unlock(&dispatch_lock);
}

static bool goes_on(uint32_t forks)
{
    /* A callback may have forked, and this be the child's only thread. */
    if (mmio__forks() != forks) {
        return false;
    }
    mmio__dispatch_lock();
    const bool has_work = joined_watchers != 0 || mmio__watchers_are_due();
    dispatcher_is_running = has_work;
    mmio__dispatch_unlock();
    return has_work;
}

static void hear(const mmio__os_notice *notice)
{
    mmio__dispatch_lock();
    mmio__watches_hear(notice);
    const bool are_due = mmio__watchers_are_due();
    mmio__dispatch_unlock();
    if (are_due) {
        mmio__watchers_call_back();
    }
}

static void run_dispatcher(void *argument)
{
    (void)argument;
    const uint32_t forks = mmio__forks();
    mmio__os_notices notices;
    while (goes_on(forks)) {
        const int32_t code = mmio__os_notifier_read(mmio__nodes_notifier(), &notices);
        MMIO_ASSERT(code == 0);
        mmio__os_notice notice;
        while (code == 0 && mmio__forks() == forks && mmio__os_notices_take(&notices, &notice)) {
            hear(&notice);
        }
    }
}

int32_t mmio__dispatch_join(void)
{
    if (!dispatcher_is_running) {
        const int32_t code = mmio__os_thread_start("mmio-watch", run_dispatcher, NULL);
        if (code != 0) {
            return code;
        }
        dispatcher_is_running = true;
    }
    joined_watchers++;
    return 0;
}

void mmio__dispatch_leave(void)
{
    MMIO_ASSERT(joined_watchers != 0);
    if (--joined_watchers == 0) {
        mmio__dispatch_wake();
    }
}

void mmio__dispatch_wake(void)
{
    mmio__os_notifier_wake(mmio__nodes_notifier());
}

void mmio__dispatch_before_fork(void)
{
    mmio__dispatch_lock();
}

void mmio__dispatch_after_fork(void)
{
    mmio__dispatch_unlock();
}

void mmio__dispatch_forked(void)
{
    mmio__nodes_forked();
    mmio__watchers_forked();
    joined_watchers = 0;
    dispatcher_is_running = false;
    mmio__dispatch_unlock();
}
