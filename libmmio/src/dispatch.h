/* SPDX-License-Identifier: Apache-2.0 */
/* The one thread that reads notices of files and tells the watchers, and its lock. It runs while
 * anybody has joined. */
#ifndef MMIO_DISPATCH_H
#define MMIO_DISPATCH_H

#include <stdint.h>

void mmio__dispatch_lock(void);
void mmio__dispatch_unlock(void);

/* Locked. One more reason for the thread to run; returns the system's code if it cannot. */
int32_t mmio__dispatch_join(void);
void mmio__dispatch_leave(void);
/* Locked. Have the thread call watchers back that became due otherwise than by a notice. */
void mmio__dispatch_wake(void);

/* Around fork(); in the child the thread is gone, and with it all reasons to run. */
void mmio__dispatch_before_fork(void);
void mmio__dispatch_after_fork(void);
void mmio__dispatch_forked(void);

#endif
