/* SPDX-License-Identifier: Apache-2.0 */
/* A watcher's life, and how events reach its owner. */
#include "base/memory.h"
#include "dispatch.h"
#include "fork.h"
#include "system.h"
#include "watch.h"

/* All watchers; and those with events for their callbacks, the oldest first. */
static mmio_watcher *newest_watcher;
static mmio_watcher *due;
static mmio_watcher **due_end = &due;

/* For mmio_watcher::calls. */
#define CALLS_NONE 0u
#define CALLS_ONE 1u
#define CALLS_AWAITED 2u /* One, and somebody sleeps until it is over. */

/* On the dispatcher's thread: whose callback is running. */
static MMIO__THREAD_LOCAL const mmio_watcher *calling;

mmio_status mmio__watcher_check(const mmio__call *call, const mmio_watcher *watcher)
{
    if (watcher == NULL) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the watcher is NULL");
    }
    return watcher->forks == mmio__forks()
               ? MMIO_OK
               : mmio__fail(call, MMIO_ERR_FORKED, "the watcher stayed with the parent process");
}

mmio_watcher *mmio__watchers_first(void)
{
    return newest_watcher;
}

static void drop_watcher(mmio_watcher *watcher)
{
    if (atomic_fetch_sub(&watcher->refs, 1) == 1) {
        mmio__events_end(&watcher->events);
        mmio__free(watcher);
    }
}

static void link_watcher(mmio_watcher *watcher)
{
    mmio__dispatch_lock();
    watcher->next = newest_watcher;
    watcher->link = &newest_watcher;
    if (newest_watcher != NULL) {
        newest_watcher->link = &watcher->next;
    }
    newest_watcher = watcher;
    mmio__dispatch_unlock();
}

/* With all of its watches. True if its callback is running. */
static bool take_out_watcher(mmio_watcher *watcher)
{
    mmio__dispatch_lock();
    while (watcher->watches != NULL) {
        mmio__watch_end(watcher->watches);
    }
    *watcher->link = watcher->next;
    if (watcher->next != NULL) {
        watcher->next->link = watcher->link;
    }
    watcher->callback = NULL;
    const bool is_called = atomic_load(&watcher->calls) != CALLS_NONE;
    mmio__dispatch_unlock();
    return is_called;
}

mmio_status mmio_watcher_open(mmio_watcher **out_watcher, mmio_error *error)
{
    const mmio__call call = {"mmio_watcher_open", NULL, error};
    if (out_watcher == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_watcher is NULL");
    }
    *out_watcher = NULL;
    if (!mmio__os_get_caps()->notifies) {
        return mmio__fail(&call, MMIO_ERR_UNSUPPORTED, "files cannot be watched here");
    }
    const mmio_status status = mmio__forks_prepare(&call);
    if (status != MMIO_OK) {
        return status;
    }
    mmio_watcher *watcher = mmio__allocate(sizeof *watcher);
    if (watcher == NULL || !mmio__events_init(&watcher->events)) {
        mmio__free(watcher);
        return mmio__fail(&call, MMIO_ERR_NO_MEMORY, "no memory for the watcher");
    }
    watcher->forks = mmio__forks();
    atomic_init(&watcher->refs, 1);
    link_watcher(watcher);
    *out_watcher = watcher;
    return MMIO_OK;
}

/* Until a callback that was begun is over. Inside it there is nothing to wait for. */
static void await_callback(mmio_watcher *watcher)
{
    uint32_t calls = atomic_load(&watcher->calls);
    while (calling != watcher && calls != CALLS_NONE) {
        if (calls == CALLS_AWAITED ||
            atomic_compare_exchange_strong(&watcher->calls, &calls, CALLS_AWAITED)) {
            mmio__os_wait(&watcher->calls, CALLS_AWAITED, MMIO__NO_DEADLINE);
            calls = atomic_load(&watcher->calls);
        }
    }
}

void mmio_watcher_close(mmio_watcher *watcher)
{
    if (watcher == NULL) {
        return;
    }
    const bool is_called = take_out_watcher(watcher);
    /* In a child process nobody waits, and those who hold its lock or run its callback for ever
     * are not there. */
    if (watcher->forks == mmio__forks()) {
        mmio__events_close(&watcher->events);
        if (is_called) {
            await_callback(watcher);
        }
    }
    drop_watcher(watcher);
}

mmio_status mmio_watcher_next(mmio_watcher *watcher, int64_t timeout_ms,
                              mmio_watch_event *out_event, mmio_error *error)
{
    const mmio__call call = {"mmio_watcher_next", NULL, error};
    if (out_event == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_event is NULL");
    }
    *out_event = (mmio_watch_event){0};
    mmio_status status = mmio__watcher_check(&call, watcher);
    if (status != MMIO_OK) {
        return status;
    }
    atomic_fetch_add(&watcher->refs, 1);
    status = mmio__events_take(&watcher->events, mmio__deadline_after(timeout_ms), out_event);
    drop_watcher(watcher);
    return status == MMIO_OK
               ? status
               : mmio__fail(&call, status,
                            status == MMIO_ERR_CLOSED ? "the watcher was closed" : "no event came");
}

mmio_status mmio_watcher_handle(mmio_watcher *watcher, intptr_t *out_handle, mmio_error *error)
{
    const mmio__call call = {"mmio_watcher_handle", NULL, error};
    if (out_handle == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_handle is NULL");
    }
    *out_handle = MMIO__OS_NO_HANDLE;
    const mmio_status status = mmio__watcher_check(&call, watcher);
    if (status != MMIO_OK) {
        return status;
    }
    const int32_t code = mmio__events_signal(&watcher->events, out_handle);
    return code == 0 ? MMIO_OK : mmio__fail_system(&call, code, "cannot make a handle to poll");
}

/* Callbacks. */

void mmio__watcher_make_due(mmio_watcher *watcher)
{
    if (watcher->callback == NULL || watcher->is_due) {
        return;
    }
    atomic_fetch_add(&watcher->refs, 1);
    watcher->is_due = true;
    watcher->next_due = NULL;
    *due_end = watcher;
    due_end = &watcher->next_due;
}

void mmio__watchers_forked(void)
{
    due = NULL;
    due_end = &due;
}

bool mmio__watchers_are_due(void)
{
    return due != NULL;
}

static mmio_watcher *take_due(void)
{
    mmio__dispatch_lock();
    mmio_watcher *watcher = due;
    if (watcher != NULL) {
        watcher->is_due = false;
        due = watcher->next_due;
        due_end = due != NULL ? due_end : &due;
    }
    mmio__dispatch_unlock();
    return watcher;
}

/* Hand one event over; false if there is none or nobody wants it. */
static bool call_back(mmio_watcher *watcher)
{
    mmio_watch_event event;
    mmio__dispatch_lock();
    const mmio_watch_callback callback = watcher->callback;
    void *user = watcher->user;
    /* The callback may have forked, and this be the child. */
    const bool has_event = callback != NULL && watcher->forks == mmio__forks() &&
                           mmio__events_take(&watcher->events, MMIO__NO_WAIT, &event) == MMIO_OK;
    if (has_event) {
        atomic_store(&watcher->calls, CALLS_ONE);
    }
    mmio__dispatch_unlock();
    if (has_event) {
        calling = watcher;
        callback(&event, user);
        calling = NULL;
        if (atomic_exchange(&watcher->calls, CALLS_NONE) == CALLS_AWAITED) {
            mmio__os_wake_all(&watcher->calls);
        }
    }
    return has_event;
}

void mmio__watchers_call_back(void)
{
    for (mmio_watcher *watcher = take_due(); watcher != NULL; watcher = take_due()) {
        while (call_back(watcher)) {
        }
        drop_watcher(watcher);
    }
}

/* Locked. Events that are queued already are handed over by the thread, which may have to be
 * started for it. */
static int32_t hand_over_queued(mmio_watcher *watcher)
{
    if (!mmio__events_are_queued(&watcher->events)) {
        return 0;
    }
    int32_t code = mmio__nodes_open();
    if (code == 0) {
        code = mmio__dispatch_join();
    }
    if (code == 0) {
        mmio__watcher_make_due(watcher);
        mmio__dispatch_wake();
        mmio__dispatch_leave();
    }
    return code;
}

mmio_status mmio_watcher_set_callback(mmio_watcher *watcher, mmio_watch_callback callback,
                                      void *user, mmio_error *error)
{
    const mmio__call call = {"mmio_watcher_set_callback", NULL, error};
    const mmio_status status = mmio__watcher_check(&call, watcher);
    if (status != MMIO_OK) {
        return status;
    }
    mmio__dispatch_lock();
    const mmio_watch_callback old_callback = watcher->callback;
    void *old_user = watcher->user;
    watcher->callback = callback;
    watcher->user = user;
    const bool is_called = atomic_load(&watcher->calls) != CALLS_NONE;
    const int32_t code = callback != NULL ? hand_over_queued(watcher) : 0;
    if (code != 0) {
        watcher->callback = old_callback;
        watcher->user = old_user;
    }
    mmio__dispatch_unlock();
    if (code != 0) {
        return mmio__fail_system(&call, code, "cannot start the thread that calls back");
    }
    if (is_called) {
        await_callback(watcher);
    }
    return MMIO_OK;
}
