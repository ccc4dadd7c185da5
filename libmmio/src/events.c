/* SPDX-License-Identifier: Apache-2.0 */
#include "events.h"

#include "base/memory.h"
#include "os/os.h"

#define CAPACITY_LEAST 16u
#define CAPACITY_MOST 1024u /* As the header says. */

bool mmio__events_init(mmio__events *events)
{
    events->signal = MMIO__OS_NO_HANDLE;
    events->capacity = CAPACITY_LEAST;
    events->ring = mmio__allocate(CAPACITY_LEAST * sizeof *events->ring);
    return events->ring != NULL;
}

void mmio__events_end(mmio__events *events)
{
    if (events->signal != MMIO__OS_NO_HANDLE) {
        mmio__os_signal_close(events->signal);
    }
    mmio__free(events->ring);
}

static mmio_watch_event *at(mmio__events *events, uint32_t place)
{
    return &events->ring[(events->first + place) & (events->capacity - 1)];
}

/* Whether there is room for one more, and for the OVERFLOW event behind it. */
static bool make_room_for_event(mmio__events *events)
{
    if (events->count + 1 < events->capacity) {
        return true;
    }
    if (events->capacity == CAPACITY_MOST) {
        return false;
    }
    const uint32_t capacity = 2 * events->capacity;
    mmio_watch_event *ring = mmio__allocate(capacity * sizeof *ring);
    if (ring == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < events->count; i++) {
        ring[i] = *at(events, i);
    }
    mmio__free(events->ring);
    events->ring = ring;
    events->capacity = capacity;
    events->first = 0;
    return true;
}

static void append_event(mmio__events *events, const mmio_watch_event *event)
{
    *at(events, events->count++) = *event;
    if (events->count == 1 && events->signal != MMIO__OS_NO_HANDLE) {
        mmio__os_signal_raise(events->signal);
    }
}

void mmio__events_put(mmio__events *events, const mmio_watch_event *event)
{
    mmio__lock_take(&events->lock);
    if (make_room_for_event(events)) {
        append_event(events, event);
    } else if (events->count < events->capacity) {
        append_event(events,
                     &(mmio_watch_event){.kind = MMIO_WATCH_OVERFLOW, .time_ns = event->time_ns});
    }
    atomic_fetch_add(&events->changes, 1);
    const bool is_awaited = events->sleepers != 0;
    mmio__unlock(&events->lock);
    if (is_awaited) {
        mmio__os_wake_all(&events->changes);
    }
}

/* With the lock held. */
static mmio_status try_take(mmio__events *events, mmio_watch_event *out_event)
{
    if (events->is_closed) {
        return MMIO_ERR_CLOSED;
    }
    if (events->count == 0) {
        return MMIO_ERR_BUSY;
    }
    *out_event = *at(events, 0);
    events->first++;
    events->count--;
    if (events->count == 0 && events->signal != MMIO__OS_NO_HANDLE) {
        mmio__os_signal_clear(events->signal);
    }
    return MMIO_OK;
}

mmio_status mmio__events_take(mmio__events *events, mmio__deadline deadline,
                              mmio_watch_event *out_event)
{
    mmio__lock_take(&events->lock);
    mmio_status status = try_take(events, out_event);
    while (status == MMIO_ERR_BUSY && deadline != MMIO__NO_WAIT) {
        if (deadline != MMIO__NO_DEADLINE && mmio__os_now_ns() >= deadline) {
            status = MMIO_ERR_TIMEOUT;
            break;
        }
        const uint32_t seen = atomic_load(&events->changes);
        events->sleepers++;
        mmio__unlock(&events->lock);
        mmio__os_wait(&events->changes, seen, deadline);
        mmio__lock_take(&events->lock);
        events->sleepers--;
        status = try_take(events, out_event);
    }
    mmio__unlock(&events->lock);
    return status;
}

bool mmio__events_are_queued(mmio__events *events)
{
    mmio__lock_take(&events->lock);
    const bool are_queued = events->count != 0;
    mmio__unlock(&events->lock);
    return are_queued;
}

int32_t mmio__events_signal(mmio__events *events, intptr_t *out_handle)
{
    int32_t code = 0;
    mmio__lock_take(&events->lock);
    if (events->signal == MMIO__OS_NO_HANDLE) {
        code = mmio__os_signal_open(&events->signal);
        if (code == 0 && events->count != 0) {
            mmio__os_signal_raise(events->signal);
        }
    }
    if (code == 0) {
        *out_handle = events->signal;
    }
    mmio__unlock(&events->lock);
    return code;
}

void mmio__events_close(mmio__events *events)
{
    mmio__lock_take(&events->lock);
    events->is_closed = true;
    atomic_fetch_add(&events->changes, 1);
    mmio__unlock(&events->lock);
    mmio__os_wake_all(&events->changes);
}
