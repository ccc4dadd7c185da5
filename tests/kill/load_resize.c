/* SPDX-License-Identifier: Apache-2.0 */
/* One thread makes a file longer and shorter all the time, while the others use its beginning. */
#include <string.h>

#include "loads.h"

#define PATH "resized"
#define LEAST ((uint64_t)32 << 10)
#define MOST ((uint64_t)256 << 10)
#define PIECE 1000

/* What each byte is, and some more so that any PIECE of them are in a row. */
static uint8_t pattern[MOST + PIECE];

static void make_pattern(void)
{
    if (pattern[sizeof pattern - 1] == 0) {
        bytes_of(1, pattern, sizeof pattern);
    }
}

static mmio_map *open_resized(void)
{
    make_pattern();
    /* Room for a part of it, so that the map must move. */
    const mmio_open_options options = {.struct_size = sizeof options,
                                       .mode = MMIO_MODE_RW,
                                       .disposition = MMIO_DISPOSITION_OPEN_OR_CREATE,
                                       .size = LEAST,
                                       .reserve = MOST / 2};
    mmio_map *map = NULL;
    mmio_error error;
    must(mmio_map_open(PATH, &options, &map, &error), &error);
    return map;
}

static void resize_to(worker *w, uint64_t size)
{
    ledger *said = w->said;
    mmio_error error;
    const uint64_t kept = atomic_load(&said->kept);
    atomic_store(&said->size.begun, size);
    atomic_store(&said->kept, size < kept ? size : kept);
    must(mmio_map_resize(w->map, size, -1, &error), &error);
    atomic_store(&said->size.done, size);
    if (w->is_planted) {
        atomic_store(&said->kept, size);
    }
    if (size > kept) {
        must(mmio_map_write(w->map, kept, pattern + kept, size - kept, &error), &error);
    }
    atomic_store(&said->kept, size);
    promise(w);
}

/* Nobody cuts this off. */
static void use_beginning(worker *w)
{
    mmio_error error;
    const uint64_t offset = throw_below(&w->chance, LEAST - PIECE);
    must(mmio_map_write(w->map, offset, pattern + offset, PIECE, &error), &error);
    mmio_view view;
    must(mmio_view_acquire(w->map, offset, PIECE, 0, &view, &error), &error);
    const bool is_right = memcmp(view.data, pattern + offset, PIECE) == 0;
    mmio_view_release(&view);
    must(is_right ? MMIO_OK : MMIO_ERR_IO, &(mmio_error){.message = "other bytes"});
    promise(w);
}

static void resize_or_use(worker *w)
{
    for (;;) {
        if (w->number == 0) {
            resize_to(w, LEAST + throw_below(&w->chance, MOST - LEAST));
        } else {
            use_beginning(w);
        }
    }
}

static const char *check_pattern(ledger *said, mmio_map *map)
{
    const uint64_t size = mmio_map_size(map);
    const bool is_untouched = said->size.begun == 0 && size == LEAST;
    DEMAND(size == said->size.begun || size == said->size.done || is_untouched);
    DEMAND(size >= said->kept);
    const void *data = NULL;
    DEMAND(mmio_map_data(map, &data, NULL) == MMIO_OK);
    DEMAND(memcmp(data, pattern, said->kept) == 0);
    for (uint64_t i = said->kept; i < size; i++) {
        const uint8_t byte = ((const uint8_t *)data)[i];
        DEMAND(byte == 0 || byte == pattern[i]);
    }
    atomic_store(&said->size.begun, size);
    atomic_store(&said->size.done, size);
    return NULL;
}

static const char *check_resized(ledger *said)
{
    make_pattern();
    mmio_map *map = NULL;
    DEMAND(open_file(PATH, LEAST, &map, NULL) == MMIO_OK);
    const char *wrong = check_pattern(said, map);
    mmio_map_close(map);
    return wrong;
}

const load load_resize = {"resize", 5000000, open_resized, resize_or_use, check_resized};
