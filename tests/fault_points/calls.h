/* SPDX-License-Identifier: Apache-2.0 */
/* How a call of calls.txt is written. */
#ifndef FAULT_POINTS_CALLS_H
#define FAULT_POINTS_CALLS_H

#include "strike.h"

/* The code that the present call fails with, or 0. */
#define STRIKE(call, ...) strike(call, (const int[]){__VA_ARGS__, 0}, __builtin_frame_address(0))

/* Declares and begins to define a call. */
#define CALL(type, name, ...)                                                                      \
    type failing_##name(__VA_ARGS__);                                                              \
    type failing_##name(__VA_ARGS__)

/* The same for another name that the C library has for a call. */
#define ALSO(name, of)                                                                             \
    extern __typeof__(failing_##of) failing_##name __attribute__((alias("failing_" #of)))

#endif
