/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of any bytes and length: what fails says which one it was. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

/* So much of a path is told, in whole characters. */
#define TOLD_MOST 256
#define CHARACTER_MOST 4

static mmio_status open_with(const char *path, uint32_t flags, mmio_error *error)
{
    const mmio_open_options options = {
        .struct_size = sizeof options, .mode = MMIO_MODE_RO, .flags = flags};
    mmio_map *map;
    const mmio_status status = mmio_map_open(path, &options, &map, error);
    must((status == MMIO_OK) == (map != NULL));
    mmio_map_close(map);
    return status;
}

static mmio_status open_path(const char *path, mmio_error *error)
{
    return open_with(path, 0, error);
}

static mmio_status open_beneath(const char *path, mmio_error *error)
{
    return open_with(path, MMIO_OPEN_BENEATH, error);
}

static mmio_status sync_directory(const char *path, mmio_error *error)
{
    return mmio_file_sync_directory(path, error);
}

static const struct {
    const char *name;
    mmio_status (*call)(const char *path, mmio_error *error);
} calls[] = {{"mmio_map_open", open_path},
             {"mmio_map_open", open_beneath},
             {"mmio_file_sync_directory", sync_directory}};

static void check_message(const char *name, const char *path, const mmio_error *error)
{
    const char *at = error->message;
    must(strncmp(at, name, strlen(name)) == 0 && strncmp(at + strlen(name), ": ", 2) == 0);
    at += strlen(name) + 2;
    size_t told = 0;
    while (told < TOLD_MOST && path[told] != '\0' && at[told] == path[told]) {
        told++;
    }
    must(path[told] == '\0' || told > TOLD_MOST - CHARACTER_MOST);
    must(told == 0 || strncmp(at + told, ": ", 2) == 0);
    must(at[told] != '\0');
    must(error->os_code != 0 || error->status == MMIO_ERR_INVALID ||
         error->status == MMIO_ERR_NOT_FILE);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    dice d = dice_of(bytes, size);
    const uint64_t which = throw_below(&d, sizeof calls / sizeof calls[0]);
    char *path = rest_as_text(&d);
    mmio_error error;
    const mmio_status status = calls[which].call(path, &error);
    check_record(status, &error);
    if (status != MMIO_OK) {
        check_message(calls[which].name, path, &error);
    }
    free(path);
    return 0;
}
