/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that copy, fill and search, and those about pages. */
#include "testee.h"

/* Entries of a batch, from the fields behind the map: pairs of an offset and a size, or bytes. */
static size_t batch_of(const step *s, mmio_io *entries_out, bool is_write)
{
    const size_t count = (s->field_count - 1) / 2;
    for (size_t i = 0; i < count; i++) {
        const char *second = s->fields[2 + 2 * i];
        size_t size = 0;
        char *data = is_write ? bytes(second, &size) : NULL;
        if (!is_write) {
            size = (size_t)number(second);
            data = allocate(size <= mmio_map_size(s->map) ? size : 0);
        }
        entries_out[i] = (mmio_io){number_at(s, 1 + 2 * i), size, data, MMIO_OK, 0};
    }
    return count;
}

static void do_batch(const step *s)
{
    mmio_io batch[FIELDS_MOST];
    const bool is_write = is_verb(s, "write_batch");
    const size_t count = batch_of(s, batch, is_write);
    const mmio_status status = is_write ? mmio_map_write_batch(s->map, batch, count, &last_error)
                                        : mmio_map_read_batch(s->map, batch, count, &last_error);
    if (count == 0) {
        say_done(status);
        return;
    }
    /* Every entry has an answer of its own, so the step as a whole succeeds. */
    printf("ok\tstatuses=");
    for (size_t i = 0; i < count; i++) {
        printf("%s%s", i == 0 ? "" : "+", mmio_status_name(batch[i].status));
    }
    printf("\thex=");
    for (size_t i = 0; i < count && !is_write; i++) {
        const unsigned char *data = batch[i].data;
        for (size_t at = 0; at < batch[i].size && batch[i].status == MMIO_OK; at++) {
            printf("%02x", (unsigned)data[at]);
        }
    }
    putchar('\n');
}

static void do_fill(const step *s)
{
    say_done(mmio_map_fill(s->map, number_at(s, 1), number_at(s, 2), (uint32_t)number_at(s, 3),
                           &last_error));
}

static void do_copy(const step *s)
{
    say_done(mmio_map_copy(s->map, number_at(s, 1), entry_named(s->fields[2])->map, number_at(s, 3),
                           number_at(s, 4), &last_error));
}

static void do_find(const step *s)
{
    size_t size;
    const char *pattern = bytes(s->fields[3], &size);
    uint64_t found;
    const mmio_status status =
        mmio_map_find(s->map, number_at(s, 1), number_at(s, 2), pattern, size, &found, &last_error);
    if (found == UINT64_MAX) {
        say(status, "offset=%s", "none");
    } else {
        say(status, "offset=%" PRIu64, found);
    }
}

static const char *const advices[] = {"normal", "random", "sequential", "will_need", "dont_need"};

static void do_advise(const step *s)
{
    say_done(mmio_map_advise(s->map, number_at(s, 1), number_at(s, 2),
                             CHOICE(s->fields[3], advices), &last_error));
}

static void do_touch(const step *s)
{
    const uint32_t flags = number_option(s, "write") == 1 ? MMIO_POPULATE_WRITE : 0;
    say_done(
        mmio_map_touch(s->map, number_at(s, 1), number_at(s, 2), flags, NULL, NULL, &last_error));
}

static void do_residency(const step *s)
{
    mmio_residency residency = {.struct_size = sizeof residency};
    const mmio_status status =
        mmio_map_residency(s->map, number_at(s, 1), number_at(s, 2), &residency, &last_error);
    say(status, "pages=%" PRIu64 "\tcached=%" PRIu64 "\tdirty=%" PRIu64, residency.pages,
        residency.cached, residency.dirty + residency.write_back);
}

/* Verbs that take a range and nothing else. */
#define ON_RANGE(verb, function)                                                                   \
    ANSWER(verb, say_done(function(s->map, number_at(s, 1), number_at(s, 2), &last_error)))

ON_RANGE(zero, mmio_map_zero)
ON_RANGE(prefetch, mmio_map_prefetch)
ON_RANGE(evict, mmio_map_evict)
ON_RANGE(lock_memory, mmio_map_lock_memory)
ON_RANGE(unlock_memory, mmio_map_unlock_memory)

const verb bulk_verbs[] = {
    {"read_batch", 1, MAP_FIRST, do_batch},
    {"write_batch", 1, MAP_FIRST, do_batch},
    {"fill", 4, MAP_FIRST, do_fill},
    {"zero", 3, MAP_FIRST, do_zero},
    {"copy", 5, MAP_FIRST, do_copy},
    {"find", 4, MAP_FIRST, do_find},
    {"advise", 4, MAP_FIRST, do_advise},
    {"prefetch", 3, MAP_FIRST, do_prefetch},
    {"touch", 3, MAP_FIRST, do_touch},
    {"residency", 3, MAP_FIRST, do_residency},
    {"evict", 3, MAP_FIRST, do_evict},
    {"lock_memory", 3, MAP_FIRST, do_lock_memory},
    {"unlock_memory", 3, MAP_FIRST, do_unlock_memory},
    {NULL, 0, NOTHING, NULL},
};
