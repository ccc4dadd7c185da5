/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that flushes all maps whose policy is EVERY_MILLIS.
 *
 * It sleeps until something was written: a map that becomes pending is armed, and flushed once when
 * its time is over. Maps that nobody writes to cost nothing. The thread begins with the first such
 * map of the process and ends with the last.
 */
#ifndef MMIO_TIMER_H
#define MMIO_TIMER_H

#include "map.h"

/* Make a map one that the timer serves: there is room for it, and the thread runs. */
mmio_status mmio__timer_join(const mmio__call *call, mmio_map *map);
/* The thread does not look at the map any more, but for a flush that may be under way. */
void mmio__timer_leave(mmio_map *map);
/* Not even that, until it is resumed or leaves. */
void mmio__timer_pause(mmio_map *map);
void mmio__timer_resume(mmio_map *map);

void mmio__timer_before_fork(void);
void mmio__timer_after_fork(void);
void mmio__timer_forked(void);

#endif
