/* SPDX-License-Identifier: Apache-2.0 */
/* Chance that can be repeated: the same seed throws the same dice on every machine. */
#ifndef PROPERTY_DICE_H
#define PROPERTY_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The state of splitmix64; the seed is its first value. */
typedef struct dice {
    uint64_t state;
} dice;

static inline uint64_t throw_bits(dice *d)
{
    d->state += 0x9e3779b97f4a7c15u;
    uint64_t z = d->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* One of 0 .. sides - 1; 0 if there are none. */
static inline uint64_t throw_below(dice *d, uint64_t sides)
{
    return sides != 0 ? throw_bits(d) % sides : 0;
}

static inline bool throw_one_in(dice *d, uint64_t sides)
{
    return throw_below(d, sides) == 0;
}

/* Bytes out of few letters, so that patterns repeat. */
static inline void throw_bytes(dice *d, uint8_t *bytes, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++) {
        bits = i % 32 == 0 ? throw_bits(d) : bits >> 2;
        bytes[i] = (uint8_t)('a' + (bits & 3));
    }
}

#endif
