/* SPDX-License-Identifier: Apache-2.0 */
/* Runs scenarios with failing calls, and looks at what becomes of them. */
#ifndef FAULT_POINTS_DRIVER_H
#define FAULT_POINTS_DRIVER_H

#include <stdio.h>

#include "strike.h"
#include "world.h"

/* What runs came to. */
typedef struct tally {
    unsigned long runs;
    unsigned long points;   /* Different ones: a scenario, a way to a call, a code. */
    unsigned long harmless; /* Runs that succeeded although a call failed. */
    unsigned long wrong;
    char first_wrong[1024];
} tally;

typedef struct sweep {
    const char *only; /* A scenario's name; NULL: all. */
    planted is_planted;
    bool is_cold; /* What comes first: those that need a process without a past, else all others. */
    bool is_long; /* Pairs with all codes of the second call, and of slow scenarios too. */
} sweep;

/* Every call alone; every call and each one after it; any calls, for so many runs. */
void sweep_singles(const sweep *s, tally *t);
void sweep_pairs(const sweep *s, tally *t);
void sweep_chance(const sweep *s, uint64_t seed, unsigned long runs, tally *t);

/* One run by a plan, of the scenario of this number, counted round those that sweep_chance() runs.
 */
void run_planned(uint64_t scenario, const plan *p, tally *t);

/* All scenarios, and those of them that sweep_chance() runs. */
unsigned long count_scenarios(void);
unsigned long count_chance(const sweep *s);

/* Prints the functions that the scenarios call, where calls have failed, and how often each rule
 * was met. */
void print_cover(FILE *file);

#endif
