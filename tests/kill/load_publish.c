/* SPDX-License-Identifier: Apache-2.0 */
/* Each thread publishes one version after the other of a file of its own. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loads.h"

#define SIZE_MOST 20000

static const char *path_of(unsigned thread)
{
    static const char *const paths[THREADS] = {"published-0", "published-1", "published-2"};
    return paths[thread];
}

static size_t version_of(unsigned thread, uint64_t version, uint8_t bytes[SIZE_MOST])
{
    dice chance = {.state = (uint64_t)(thread + 1) << 40 | version};
    const size_t size = 1 + throw_below(&chance, SIZE_MOST);
    bytes_of(throw_bits(&chance), bytes, size);
    return size;
}

static mmio_map *open_nothing(void)
{
    return NULL;
}

/* The file exists in part. */
static mmio_status publish_badly(const char *path, const uint8_t *bytes, size_t size,
                                 mmio_error *error)
{
    (void)mmio_file_delete(path, NULL);
    const mmio_status status = mmio_file_create(path, size, 0, error);
    return status != MMIO_OK ? status
                             : mmio_file_write(path, 0, bytes, size, MMIO_FLUSH_DATA, error);
}

static void publish_all(worker *w)
{
    versions *file = &w->said->files[w->number];
    const char *path = path_of(w->number);
    mmio_error error;
    uint8_t bytes[SIZE_MOST];
    for (;;) {
        const uint64_t version = atomic_load(&file->done) + 1;
        const size_t size = version_of(w->number, version, bytes);
        atomic_store(&file->begun, version);
        must(w->is_planted ? publish_badly(path, bytes, size, &error)
                           : mmio_file_publish(path, bytes, size, 0, &error),
             &error);
        atomic_store(&file->done, version);
        promise(w);
    }
}

static bool is_version(mmio_map *map, unsigned thread, uint64_t version)
{
    uint8_t bytes[SIZE_MOST];
    const size_t size = version_of(thread, version, bytes);
    const void *data = NULL;
    return mmio_map_data(map, &data, NULL) == MMIO_OK && mmio_map_size(map) == size &&
           memcmp(data, bytes, size) == 0;
}

static const char *check_file(unsigned thread, versions *file)
{
    mmio_map *map = NULL;
    const mmio_status status = mmio_map_open(path_of(thread), NULL, &map, NULL);
    if (status == MMIO_ERR_NOT_FOUND && file->done == 0) {
        return NULL;
    }
    DEMAND(status == MMIO_OK);
    const bool is_young = is_version(map, thread, file->begun);
    const bool is_old = is_version(map, thread, file->done);
    mmio_map_close(map);
    DEMAND(is_young || is_old);
    atomic_store(&file->done, is_young ? file->begun : file->done);
    return NULL;
}

/* How many files a dead process has left beside those it published; they are removed. */
static unsigned count_left_over(void)
{
    unsigned count = 0;
    DIR *directory = opendir(".");
    for (const struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (strncmp(entry->d_name, ".mmio-", 6) == 0) {
            count++;
            (void)unlink(entry->d_name);
        }
    }
    (void)closedir(directory);
    return count;
}

static const char *check_published(ledger *said)
{
    DEMAND(count_left_over() <= THREADS);
    const char *wrong = NULL;
    for (unsigned i = 0; i < THREADS && wrong == NULL; i++) {
        wrong = check_file(i, &said->files[i]);
    }
    return wrong;
}

const load load_publish = {"publish", 12000000, open_nothing, publish_all, check_published};
