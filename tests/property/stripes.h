/* SPDX-License-Identifier: Apache-2.0 */
/* Several threads on one map: each has a stripe of the file to itself, all share some cells
 * and append, and one grows and shrinks the file beyond them. */
#ifndef PROPERTY_STRIPES_H
#define PROPERTY_STRIPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct stripe_plan {
    const char *path; /* Of the file, which is made. */
    uint64_t seed;
    uint64_t operations;  /* Of each thread. */
    uint64_t spoil_bytes; /* At the end so many bytes of the file are changed behind the library's
                             back, from its first shared cell on. */
} stripe_plan;

/* False, with what went wrong first in `failure`, if a thread's stripe, the cells or a status are
 * not what they must be. */
bool run_stripes(const stripe_plan *plan, char *failure, size_t failure_size);

#endif
