/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flushes of one map that are under way.
 *
 * The system reports a loss to one of those who ask at the same time. So whoever was told of none
 * waits for those who asked beside him, and then looks whether they were.
 *
 * Whole flushes are shared: while one runs, all who come wait for it to end, and then one of them
 * flushes for all.
 */
#ifndef MMIO_FLIGHT_H
#define MMIO_FLIGHT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lock.h"

/* One of them, on the stack of who asks. */
typedef struct mmio__flight {
    struct mmio__flight *next;
    uint64_t number;
} mmio__flight;

/* Zeroed, none. */
typedef struct mmio__flights {
    mmio__lock lock; /* Guards the rest. Nothing is taken under it. */
    uint32_t sleepers;
    _Atomic uint32_t changes; /* Those who sleep look again. */
    mmio__flight *oldest;
    uint64_t begun;
    /* Whole flushes: how many began, and how many ended. */
    uint64_t whole_begun;
    uint64_t whole_ended;
    uint64_t whole_failed; /* The last that failed, with its code. */
    int32_t failed_code;
    bool next_is_full; /* Somebody who waits for the next one wants level FULL. */
} mmio__flights;

void mmio__flight_begin(mmio__flights *flights, mmio__flight *flight);
/* Then wait for those that began before this one's end. What one has to tell it tells before. */
void mmio__flight_end(mmio__flights *flights, mmio__flight *flight);
/* True: begin a whole flush, at level FULL if `*is_full` says so now, and tell of its end. False:
 * one that began after this call has ended, with `*out_code`. */
bool mmio__flights_lead(mmio__flights *flights, bool *is_full, int32_t *out_code);
void mmio__flights_led(mmio__flights *flights, int32_t code);
/* In the child of a fork(), where all who asked are gone. */
void mmio__flights_forked(mmio__flights *flights);

#endif
