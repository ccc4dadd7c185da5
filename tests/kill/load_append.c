/* SPDX-License-Identifier: Apache-2.0 */
/* Threads append to one file. It goes on being used: the end is found, and cut off there. */
#include <string.h>
#include <unistd.h>

#include "loads.h"

#define PATH "appended"
#define BEGIN 16
#define RECORD_MOST 500
#define ROUNDS 4

static uint64_t key_of(unsigned thread, uint64_t number)
{
    return (uint64_t)(thread + 1) << 32 | number;
}

static size_t size_of(unsigned thread, uint64_t number)
{
    dice chance = {.state = key_of(thread, number)};
    return 1 + throw_below(&chance, RECORD_MOST);
}

static mmio_map *open_appended(void)
{
    mmio_map *map = NULL;
    mmio_error error;
    must(open_file(PATH, BEGIN, &map, &error), &error);
    return map;
}

static void append_all(worker *w)
{
    static const uint8_t nothing[RECORD_MOST];
    records *own = &w->said->appended[w->number];
    mmio_error error;
    uint8_t record[RECORD_MOST];
    for (uint64_t n = atomic_load(&own->count); n < RECORDS; n++) {
        const size_t size = size_of(w->number, n);
        bytes_of(key_of(w->number, n), record, size);
        const uint8_t *first = w->is_planted ? nothing : record;
        must(mmio_map_append(w->map, first, size, &own->offsets[n], &error), &error);
        atomic_store(&own->count, n + 1);
        if (w->is_planted) {
            must(mmio_map_write(w->map, own->offsets[n], record, size, &error), &error);
        }
        promise(w);
    }
}

/* Adds how many bytes the promised records of a thread take. */
static bool records_are_there(const records *own, unsigned thread, const uint8_t *data,
                              uint64_t end, uint64_t *total)
{
    uint8_t record[RECORD_MOST];
    for (uint64_t n = 0; n < own->count; n++) {
        const size_t size = size_of(thread, n);
        bytes_of(key_of(thread, n), record, size);
        if (own->offsets[n] + size > end || memcmp(data + own->offsets[n], record, size) != 0) {
            return false;
        }
        *total += size;
    }
    return true;
}

/* Behind what was appended a dead process leaves zeros. */
static uint64_t end_of(const uint8_t *data, uint64_t size)
{
    while (size > BEGIN && data[size - 1] == 0) {
        size--;
    }
    return size;
}

static void begin_anew(ledger *said)
{
    said->rounds = 0;
    said->holes = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        atomic_store(&said->appended[i].count, 0);
    }
    (void)unlink(PATH);
}

static const char *check_records(ledger *said, mmio_map *map)
{
    const void *data = NULL;
    DEMAND(mmio_map_data(map, &data, NULL) == MMIO_OK);
    const uint64_t end = end_of(data, mmio_map_size(map));
    uint64_t total = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        const records *own = &said->appended[i];
        DEMAND(records_are_there(own, i, data, end, &total));
        /* At most this one was under way. */
        said->holes += size_of(i, own->count);
    }
    DEMAND(end - BEGIN >= total && end - BEGIN - total <= said->holes);
    DEMAND(mmio_map_resize(map, end, 0, NULL) == MMIO_OK);
    return NULL;
}

static bool is_full(const ledger *said)
{
    bool is = false;
    for (unsigned i = 0; i < THREADS; i++) {
        is = is || said->appended[i].count > RECORDS / 2;
    }
    return is;
}

static const char *check_appended(ledger *said)
{
    mmio_map *map = NULL;
    DEMAND(open_file(PATH, BEGIN, &map, NULL) == MMIO_OK);
    const char *wrong = check_records(said, map);
    mmio_map_close(map);
    if (is_full(said) || ++said->rounds == ROUNDS) {
        begin_anew(said);
    }
    return wrong;
}

const load load_append = {"append", 5000000, open_appended, append_all, check_appended};
