/* SPDX-License-Identifier: Apache-2.0 */
/* One run of one scenario. */
#ifndef FAULT_POINTS_RUN_H
#define FAULT_POINTS_RUN_H

#include "strike.h"
#include "world.h"

/* What is left when a run is over. */
typedef struct remains {
    books of;
    long descriptors;
} remains;

typedef struct outcome {
    record calls;
    mmio_status status;
    remains left;      /* More than before. */
    bool is_left_over; /* More than usual, and nothing else is wrong. */
    char wrong[512];   /* "" if nothing is. */
} outcome;

/* Runs a scenario by a plan. `usual` is what is left if nothing fails. */
void run_scenario(const scenario *s, const plan *p, const remains *usual, outcome *o);

#endif
