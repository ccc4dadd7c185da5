/* SPDX-License-Identifier: Apache-2.0 */
/* What fork() does to range locks: they stay with the parent. */
#ifndef MMIO_RANGE_LOCK_INTERNAL_H
#define MMIO_RANGE_LOCK_INTERNAL_H

void mmio__range_locks_before_fork(void);
void mmio__range_locks_after_fork(void);
/* In the child. */
void mmio__range_locks_forked(void);

#endif
