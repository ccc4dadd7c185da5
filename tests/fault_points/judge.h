/* SPDX-License-Identifier: Apache-2.0 */
/* What a call of the interface has to answer when calls of the system fail. */
#ifndef FAULT_POINTS_JUDGE_H
#define FAULT_POINTS_JUDGE_H

#include "mmio.h"
#include "strike.h"

typedef enum effect {
    MUST_FAIL, /* With the code's own status. */
    MAY_FAIL,  /* There is another way, which does not lead everywhere. */
    HARMLESS,  /* There is another way, or nothing depends on it. */
    UNDOING,   /* It would have taken back what was done before another failure. */
} effect;

effect effect_of(const hit *h);
/* How many hits there are of an effect. */
size_t count_effects(const record *r, effect is);
/* The code of the first flush that failed, which its map remembers; 0 if none did. */
int first_lost(const record *r);
/* NULL, or what is wrong with the status and the record that a call answered. */
const char *judge(const record *r, mmio_status status, const mmio_error *error);
/* The rule of this number, from 0 on, as text; NULL behind the last. And how often it was met. */
const char *rule_text(size_t number, unsigned long *out_met);

#endif
