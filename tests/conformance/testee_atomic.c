/* SPDX-License-Identifier: Apache-2.0 */
/* Steps on cells. */
#include <string.h>

#include "testee.h"

#define IF_FETCH(bits, operation)                                                                  \
    if (strcmp(name, #operation) == 0) {                                                           \
        return mmio_atomic_u##bits##_##operation(map, offset, value, out, &last_error);            \
    }

/* One operation of either width; `*out` is what the answer tells. */
#define DEFINE_ATOMIC(bits)                                                                        \
    static mmio_status atomic##bits(mmio_map *map, const char *name, uint64_t offset,              \
                                    uint##bits##_t value, uint##bits##_t desired,                  \
                                    uint##bits##_t *out)                                           \
    {                                                                                              \
        IF_FETCH(bits, exchange)                                                                   \
        IF_FETCH(bits, add)                                                                        \
        IF_FETCH(bits, sub)                                                                        \
        IF_FETCH(bits, and)                                                                        \
        IF_FETCH(bits, or)                                                                         \
        IF_FETCH(bits, xor)                                                                        \
        if (strcmp(name, "load") == 0) {                                                           \
            return mmio_atomic_u##bits##_load(map, offset, out, &last_error);                      \
        }                                                                                          \
        if (strcmp(name, "store") == 0) {                                                          \
            return mmio_atomic_u##bits##_store(map, offset, value, &last_error);                   \
        }                                                                                          \
        return mmio_atomic_u##bits##_compare_exchange(map, offset, value, desired, out,            \
                                                      &last_error);                                \
    }

DEFINE_ATOMIC(32)
DEFINE_ATOMIC(64)

static void do_atomic(const step *s)
{
    const char *name = s->fields[2];
    const uint64_t offset = number_at(s, 3);
    const uint64_t value = s->field_count > 4 ? number_at(s, 4) : 0;
    const uint64_t desired = s->field_count > 5 ? number_at(s, 5) : 0;
    uint32_t out32 = 0;
    uint64_t out = 0;
    mmio_status status;
    if (number_at(s, 1) == 32) {
        status = atomic32(s->map, name, offset, (uint32_t)value, (uint32_t)desired, &out32);
        out = out32;
    } else {
        status = atomic64(s->map, name, offset, value, desired, &out);
    }
    if (strcmp(name, "store") == 0) {
        say_done(status);
    } else {
        say(status, "%s=%" PRIu64, strcmp(name, "load") == 0 ? "value" : "before", out);
    }
}

static void do_run(const step *s)
{
    entry *v = entry_named(s->fields[0]);
    const uint32_t cell_size = (uint32_t)number_at(s, 4) / 8;
    const mmio_status status = mmio_atomic_acquire(s->map, number_at(s, 2), number_at(s, 3),
                                                   cell_size, &v->view, &last_error);
    say_view(status, v, true);
}

const verb atomic_verbs[] = {
    {"atomic", 4, MAP_FIRST, do_atomic},
    {"run", 5, MAP_SECOND, do_run},
    {NULL, 0, NOTHING, NULL},
};
