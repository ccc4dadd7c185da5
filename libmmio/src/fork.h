/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fork() does to the library.
 *
 * The child has the parent's maps and views, and goes on using them. Threads of the library stay
 * with the parent: what can be made anew on its next use is, and objects that live by their thread
 * answer MMIO_ERR_FORKED.
 */
#ifndef MMIO_FORK_H
#define MMIO_FORK_H

#include <stdint.h>

#include "base/failure.h"

/* Before the first thing that a fork() must not tear; cheap when called again. */
mmio_status mmio__forks_prepare(const mmio__call *call);

/* How many times this process was forked off since the library was first used. An object that
 * remembers another number was made by an ancestor. */
uint32_t mmio__forks(void);

#endif
