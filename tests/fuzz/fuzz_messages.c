/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of any bytes and length: what fails says which one it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

/* So much of a path is told. */
#define TOLD_MOST 256

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
    char wanted[sizeof error->message];
    const int length = snprintf(wanted, sizeof wanted, "%s: %.*s%s", name, TOLD_MOST, path,
                                *path != '\0' ? ": " : "");
    must(strncmp(error->message, wanted, (size_t)length) == 0);
    must(error->message[length] != '\0');
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
