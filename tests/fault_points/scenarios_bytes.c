/* SPDX-License-Identifier: Apache-2.0 */
/* Moving bytes, and making them durable. What is written is what was there, but for a policy's
 * scenarios. */
#include <string.h>

#include "world.h"

static uint8_t bytes[F_SIZE];

/* Plain copies. */

static mmio_status read_bytes(world *w, mmio_error *error)
{
    const mmio_status status = mmio_map_read(w->map, 10, bytes, 5000, error);
    return status == MMIO_OK ? mmio_map_read_within(w->map, 10, bytes, 5000, 0, error) : status;
}

static mmio_status write_bytes(world *w, mmio_error *error)
{
    return mmio_map_write(w->map, 10, pattern() + 10, 5000, error);
}

static mmio_status write_within(world *w, mmio_error *error)
{
    return mmio_map_write_within(w->map, 10, pattern() + 10, 5000, 0, error);
}

static mmio_status fill(world *w, mmio_error *error)
{
    return mmio_map_fill(w->map, 100, 1, pattern_at(100), error);
}

static mmio_status copy_within(world *w, mmio_error *error)
{
    return mmio_map_copy(w->map, 100, w->map, 100, 3000, error);
}

static mmio_status copy_between(world *w, mmio_error *error)
{
    return mmio_map_copy(w->map, 100, w->other, 100, 3000, error);
}

static mmio_status find(world *w, mmio_error *error)
{
    uint64_t at;
    return mmio_map_find(w->map, 0, F_SIZE, pattern() + 300, 20, &at, error);
}

static mmio_status batches(world *w, mmio_error *error)
{
    uint8_t first[10];
    uint8_t second[20];
    mmio_io entries[] = {{.offset = 0, .size = sizeof first, .data = first},
                         {.offset = 50, .size = sizeof second, .data = second}};
    const mmio_status status = mmio_map_read_batch(w->map, entries, 2, error);
    return status == MMIO_OK ? mmio_map_write_batch(w->map, entries, 2, error) : status;
}

/* A hole of whole pages. */
static void set_up_wide(world *w)
{
    const mmio_open_options options = options_of(0, MMIO_DISPOSITION_CREATE_NEW, 200000);
    NEED(mmio_map_open("g", &options, &w->map, NULL) == MMIO_OK);
    NEED(mmio_map_fill(w->map, 0, 200000, 'x', NULL) == MMIO_OK);
}

static mmio_status zero(world *w, mmio_error *error)
{
    return mmio_map_zero(w->map, 100, 150000, error);
}

static const char *check_zeros(world *w)
{
    static uint8_t all[200000];
    CHECK(mmio_map_read(w->map, 0, all, sizeof all, NULL) == MMIO_OK);
    for (size_t i = 0; i < sizeof all; i++) {
        CHECK(all[i] == (i < 100 || i >= 150100 ? 'x' : 0));
    }
    return NULL;
}

/* Policies. */

static void set_policy_of(world *w, uint32_t policy, uint64_t amount)
{
    set_up_written(w);
    NEED(mmio_map_set_policy(w->map, policy, amount, NULL) == MMIO_OK);
}

static void set_up_always(world *w)
{
    set_policy_of(w, MMIO_POLICY_ALWAYS, 0);
}

static void set_up_every_bytes(world *w)
{
    set_policy_of(w, MMIO_POLICY_EVERY_BYTES, 100);
}

static void set_up_every_writes(world *w)
{
    set_policy_of(w, MMIO_POLICY_EVERY_WRITES, 1);
}

static mmio_status write_new(world *w, mmio_error *error)
{
    return mmio_map_write(w->map, 0, "new", 3, error);
}

static const char *check_new(world *w)
{
    CHECK(mmio_map_read(w->map, 0, bytes, 3, NULL) == MMIO_OK && memcmp(bytes, "new", 3) == 0);
    CHECK(mmio_map_pending(w->map) == 0);
    return NULL;
}

static mmio_status fill_always(world *w, mmio_error *error)
{
    return mmio_map_fill(w->map, 0, 100, 'x', error);
}

static mmio_status batch_always(world *w, mmio_error *error)
{
    uint8_t some[] = "new";
    mmio_io entries[] = {{.offset = 0, .size = 3, .data = some}};
    return mmio_map_write_batch(w->map, entries, 1, error);
}

static mmio_status copy_always(world *w, mmio_error *error)
{
    return mmio_map_copy(w->map, 5000, w->map, 0, 100, error);
}

static const char *check_flushed(world *w)
{
    CHECK(mmio_map_pending(w->map) == 0);
    return NULL;
}

static mmio_status set_policy(world *w, mmio_error *error)
{
    return mmio_map_set_policy(w->map, MMIO_POLICY_EVERY_MILLIS, 60000, error);
}

/* Flushing. */

static mmio_status flush_at(world *w, uint32_t level, mmio_error *error)
{
    const uint64_t pending = mmio_map_pending(w->map);
    const mmio_status status = mmio_map_flush(w->map, level, error);
    /* A failed flush gives back what it took. */
    EXPECT(w, status == MMIO_OK || mmio_map_pending(w->map) == pending);
    return status;
}

static mmio_status flush_data(world *w, mmio_error *error)
{
    return flush_at(w, MMIO_FLUSH_DATA, error);
}

static mmio_status flush_full(world *w, mmio_error *error)
{
    return flush_at(w, MMIO_FLUSH_FULL, error);
}

static mmio_status flush_start(world *w, mmio_error *error)
{
    return flush_at(w, MMIO_FLUSH_START, error);
}

static mmio_status flush_range(world *w, uint32_t level, mmio_error *error)
{
    return mmio_map_flush_range(w->map, 5000, 5000, level, error);
}

static mmio_status flush_range_data(world *w, mmio_error *error)
{
    return flush_range(w, MMIO_FLUSH_DATA, error);
}

static mmio_status flush_range_full(world *w, mmio_error *error)
{
    return flush_range(w, MMIO_FLUSH_FULL, error);
}

static mmio_status flush_range_start(world *w, mmio_error *error)
{
    return flush_range(w, MMIO_FLUSH_START, error);
}

static const scenario table[] = {
    {"read", "mmio_map_read mmio_map_read_within", set_up_map, read_bytes, check_map, NO_CALLS},
    {"write for the first time", "mmio_map_write", set_up_map, write_bytes, check_map, 0},
    {"write", "mmio_map_write", set_up_written, write_bytes, check_map, NO_CALLS},
    {"write if nobody else does", "mmio_map_write_within", set_up_map, write_within, check_map, 0},
    {"fill", "mmio_map_fill", set_up_map, fill, check_map, 0},
    {"zero", "mmio_map_zero", set_up_wide, zero, check_zeros, 0},
    {"copy within a map", "mmio_map_copy", set_up_map, copy_within, check_map, 0},
    {"copy between maps", "mmio_map_copy", set_up_two, copy_between, check_map, 0},
    {"find", "mmio_map_find", set_up_map, find, check_map, NO_CALLS},
    {"batches", "mmio_map_read_batch mmio_map_write_batch", set_up_map, batches, check_map, 0},
    {"write durably", "mmio_map_write", set_up_always, write_new, check_new, CHANGES},
    {"write with every byte", "mmio_map_write", set_up_every_bytes, fill_always, check_flushed,
     CHANGES},
    {"write with every write", "mmio_map_write", set_up_every_writes, write_new, check_new,
     CHANGES},
    {"write durably through a file", "mmio_map_write", set_up_always, write_new, check_new,
     CHANGES | ON_DISK},
    {"fill durably", "mmio_map_fill", set_up_always, fill_always, check_flushed, CHANGES},
    {"batch durably", "mmio_map_write_batch", set_up_always, batch_always, check_new, CHANGES},
    {"copy durably", "mmio_map_copy", set_up_always, copy_always, check_flushed, CHANGES},
    {"set a policy", "mmio_map_set_policy", set_up_written, set_policy, check_map, OTHERS},
    {"flush", "mmio_map_flush mmio_map_pending", set_up_written, flush_data, check_flushed, 0},
    {"flush fully", "mmio_map_flush", set_up_written, flush_full, check_flushed, 0},
    {"begin to flush", "mmio_map_flush", set_up_written, flush_start, check_map, 0},
    {"flush a range", "mmio_map_flush_range", set_up_written, flush_range_data, check_map, 0},
    {"flush a range fully", "mmio_map_flush_range", set_up_written, flush_range_full, check_map, 0},
    {"begin to flush a range", "mmio_map_flush_range", set_up_written, flush_range_start, check_map,
     0},
};

const scenario_table scenarios_of_bytes = {table, sizeof table / sizeof table[0]};
