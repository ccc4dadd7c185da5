/* SPDX-License-Identifier: Apache-2.0 */
/* Threads count under a lock on a range of a file, and in cells of shared memory. */
#include <stdio.h>
#include <unistd.h>

#include "loads.h"

#define PATH "locked"
#define SIZE 100

static mmio_map *shared;

static const char *shared_name(pid_t driver)
{
    static char name[64];
    (void)snprintf(name, sizeof name, "mmio-kill-%d", (int)driver);
    return name;
}

static mmio_map *open_both(void)
{
    const mmio_open_options options = {.struct_size = sizeof options,
                                       .disposition = MMIO_DISPOSITION_CREATE_NEW};
    mmio_map *map = NULL;
    mmio_error error;
    must(mmio_map_shared(shared_name(getppid()), SIZE, &options, &shared, &error), &error);
    must(open_file(PATH, SIZE, &map, &error), &error);
    return map;
}

static void count_locked(worker *w)
{
    mmio_error error;
    mmio_range_lock *lock = NULL;
    uint64_t count = 0;
    must(mmio_range_lock_acquire(w->map, 0, SIZE, 0, -1, &lock, &error), &error);
    must(mmio_map_read(w->map, 0, &count, sizeof count, &error), &error);
    count++;
    must(mmio_map_write(w->map, 0, &count, sizeof count, &error), &error);
    mmio_range_lock_release(lock);
    must(mmio_atomic_u64_add(shared, 8 * w->number, 1, NULL, &error), &error);
}

static void count_all(worker *w)
{
    versions *own = &w->said->counts[w->number];
    for (;;) {
        const uint64_t version = atomic_fetch_add(&own->begun, 1) + 1;
        if (w->is_planted) {
            atomic_store(&own->done, version);
        }
        count_locked(w);
        atomic_store(&own->done, version);
        promise(w);
    }
}

static const char *check_cells(const ledger *said, mmio_map *map)
{
    for (unsigned i = 0; i < THREADS; i++) {
        uint64_t count = 0;
        DEMAND(mmio_atomic_u64_load(map, 8 * i, &count, NULL) == MMIO_OK);
        DEMAND(count >= said->counts[i].done && count <= said->counts[i].begun);
    }
    return NULL;
}

static const char *check_shared(const ledger *said)
{
    const char *name = shared_name(getpid());
    const mmio_open_options options = {.struct_size = sizeof options,
                                       .disposition = MMIO_DISPOSITION_OPEN_OR_CREATE};
    mmio_map *map = NULL;
    DEMAND(mmio_map_shared(name, SIZE, &options, &map, NULL) == MMIO_OK);
    const char *wrong = check_cells(said, map);
    mmio_map_close(map);
    DEMAND(mmio_shared_remove(name, NULL) == MMIO_OK);
    DEMAND(mmio_shared_remove(name, NULL) == MMIO_ERR_NOT_FOUND);
    return wrong;
}

/* The lock that the dead process may have had is there to be taken. */
static const char *check_count(const ledger *said, mmio_map *map)
{
    uint64_t done = 0, begun = 0, count = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        done += said->counts[i].done;
        begun += said->counts[i].begun;
    }
    mmio_range_lock *lock = NULL;
    DEMAND(mmio_range_lock_acquire(map, 0, SIZE, 0, 0, &lock, NULL) == MMIO_OK);
    mmio_range_lock_release(lock);
    DEMAND(mmio_map_read(map, 0, &count, sizeof count, NULL) == MMIO_OK);
    DEMAND(count >= done && count <= begun);
    DEMAND(mmio_map_zero(map, 0, SIZE, NULL) == MMIO_OK);
    return NULL;
}

static const char *check_locked(const ledger *said)
{
    mmio_map *map = NULL;
    DEMAND(open_file(PATH, SIZE, &map, NULL) == MMIO_OK);
    const char *wrong = check_count(said, map);
    mmio_map_close(map);
    return wrong;
}

static const char *check_both(ledger *said)
{
    const char *wrong = check_shared(said);
    wrong = wrong != NULL ? wrong : check_locked(said);
    for (unsigned i = 0; i < THREADS; i++) {
        atomic_store(&said->counts[i].begun, 0);
        atomic_store(&said->counts[i].done, 0);
    }
    return wrong;
}

const load load_locks = {"locks", 5000000, open_both, count_all, check_both};
