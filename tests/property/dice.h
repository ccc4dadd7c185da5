/* SPDX-License-Identifier: Apache-2.0 */
/* Chance that can be repeated: the same seed, or the same bytes, throw the same dice on every
 * machine. */
#ifndef PROPERTY_DICE_H
#define PROPERTY_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct dice {
    uint64_t state;       /* Of splitmix64; the seed is its first value. */
    const uint8_t *bytes; /* If not NULL, somebody else's choice instead: zeros behind its end. */
    size_t left;
} dice;

/* A number with as many bytes of the choice as one up to `most` needs. */
static inline uint64_t chosen(dice *d, uint64_t most)
{
    uint64_t number = 0;
    for (; most != 0; most >>= 8) {
        number = number << 8 | (d->left != 0 ? *d->bytes : 0);
        d->bytes += d->left != 0;
        d->left -= d->left != 0;
    }
    return number;
}

static inline uint64_t throw_bits(dice *d)
{
    if (d->bytes != NULL) {
        return chosen(d, UINT64_MAX);
    }
    d->state += 0x9e3779b97f4a7c15u;
    uint64_t z = d->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* One of 0 .. sides - 1; 0 if there are none. */
static inline uint64_t throw_below(dice *d, uint64_t sides)
{
    if (sides == 0) {
        return 0;
    }
    return (d->bytes != NULL ? chosen(d, sides - 1) : throw_bits(d)) % sides;
}

static inline bool throw_one_in(dice *d, uint64_t sides)
{
    return throw_below(d, sides) == 0;
}

/* Bytes out of few letters, so that patterns repeat. */
static inline void throw_bytes(dice *d, uint8_t *bytes, size_t size)
{
    dice letters = {.state = throw_below(d, 1u << 16)};
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++) {
        bits = i % 32 == 0 ? throw_bits(&letters) : bits >> 2;
        bytes[i] = (uint8_t)('a' + (bits & 3));
    }
}

#endif
