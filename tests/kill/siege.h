/* SPDX-License-Identifier: Apache-2.0 */
/* Workers under a load, killed one after the other. */
#ifndef MMIO_TEST_KILL_SIEGE_H
#define MMIO_TEST_KILL_SIEGE_H

#include "loads.h"

typedef struct siege {
    const load *under;
    uint64_t kills; /* As many, or until something is lost. */
    uint64_t seed;  /* Of what workers do, and of how long they live. */
    bool is_planted;
} siege;

typedef struct tally {
    uint64_t kills;
    uint64_t promised;
    uint64_t lost; /* Kills after which something was not as promised. */
    const char *wrong;
} tally;

/* In the current directory, which is empty. */
tally lay_siege(const siege *s);

#endif
