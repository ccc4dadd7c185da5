/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded queue of watch events that threads and event loops can wait for. */
#ifndef MMIO_EVENTS_H
#define MMIO_EVENTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lock.h"
#include "mmio/watch.h"

typedef struct mmio__events {
    mmio__lock lock; /* Guards all but `changes`. */
    mmio_watch_event *ring;
    uint32_t capacity; /* A power of two. */
    uint32_t first;
    uint32_t count;
    uint32_t sleepers;
    bool is_closed;
    intptr_t signal;          /* Raised while an event is queued; no handle until asked for. */
    _Atomic uint32_t changes; /* What sleepers wait on. */
} mmio__events;

/* Of zeroed memory; false without memory for more. */
bool mmio__events_init(mmio__events *events);
/* Nobody uses it any more. */
void mmio__events_end(mmio__events *events);
/* When the queue is full, an OVERFLOW event stands for all that finds no room. */
void mmio__events_put(mmio__events *events, const mmio_watch_event *event);
/* OK; or BUSY or TIMEOUT at the deadline; or CLOSED. */
mmio_status mmio__events_take(mmio__events *events, mmio__deadline deadline,
                              mmio_watch_event *out_event);
bool mmio__events_are_queued(mmio__events *events);
/* The handle that is readable while an event is queued. Returns the system's code. */
int32_t mmio__events_signal(mmio__events *events, intptr_t *out_handle);
/* Send all who wait away. */
void mmio__events_close(mmio__events *events);

#endif
