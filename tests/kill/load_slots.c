/* SPDX-License-Identifier: Apache-2.0 */
/* Threads write to places of their own, in any order, while a thread of the library flushes. */
#include <string.h>

#include "loads.h"

#define PATH "slots"
#define SLOT_SIZE 700 /* So that some lie on two pages. */

static mmio_map *open_slots(void)
{
    mmio_map *map = NULL;
    mmio_error error;
    must(open_file(PATH, SLOTS * SLOT_SIZE, &map, &error), &error);
    must(mmio_map_set_policy(map, MMIO_POLICY_EVERY_MILLIS, 1, &error), &error);
    return map;
}

static void version_of(uint64_t slot, uint64_t version, uint8_t bytes[SLOT_SIZE])
{
    static const uint8_t nothing[SLOT_SIZE];
    if (version == 0) {
        memcpy(bytes, nothing, SLOT_SIZE);
    } else {
        bytes_of(slot << 32 | version, bytes, SLOT_SIZE);
    }
}

static void write_slots(worker *w)
{
    mmio_error error;
    uint8_t bytes[SLOT_SIZE];
    for (;;) {
        const uint64_t i = throw_below(&w->chance, SLOTS / THREADS) * THREADS + w->number;
        versions *slot = &w->said->slots[i];
        const uint64_t version = atomic_load(&slot->done) + 1;
        version_of(i, version, bytes);
        atomic_store(&slot->begun, version);
        if (w->is_planted) {
            atomic_store(&slot->done, version);
        }
        must(mmio_map_write(w->map, i * SLOT_SIZE, bytes, SLOT_SIZE, &error), &error);
        atomic_store(&slot->done, version);
        promise(w);
    }
}

static bool is_between(const uint8_t *bytes, const uint8_t *old, const uint8_t *young)
{
    for (size_t i = 0; i < SLOT_SIZE; i++) {
        if (bytes[i] != old[i] && bytes[i] != young[i]) {
            return false;
        }
    }
    return true;
}

static const char *check_slot(mmio_map *map, uint64_t i, versions *slot)
{
    uint8_t bytes[SLOT_SIZE], done[SLOT_SIZE], begun[SLOT_SIZE];
    version_of(i, slot->done, done);
    version_of(i, slot->begun, begun);
    DEMAND(mmio_map_read(map, i * SLOT_SIZE, bytes, SLOT_SIZE, NULL) == MMIO_OK);
    DEMAND(is_between(bytes, done, begun));
    if (slot->begun != slot->done) {
        DEMAND(mmio_map_write(map, i * SLOT_SIZE, begun, SLOT_SIZE, NULL) == MMIO_OK);
        atomic_store(&slot->done, slot->begun);
    }
    return NULL;
}

static const char *check_slots(ledger *said)
{
    mmio_map *map = NULL;
    DEMAND(open_file(PATH, SLOTS * SLOT_SIZE, &map, NULL) == MMIO_OK);
    const char *wrong = NULL;
    for (uint64_t i = 0; i < SLOTS && wrong == NULL; i++) {
        wrong = check_slot(map, i, &said->slots[i]);
    }
    mmio_map_close(map);
    return wrong;
}

const load load_slots = {"slots", 5000000, open_slots, write_slots, check_slots};
