/* SPDX-License-Identifier: Apache-2.0 */
/* Maps with labels of any bytes: the inventory is JSON, and tells the label. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "json.h"

#define REPLACEMENT 0xfffdu

static mmio_map *open_labelled(const char *label)
{
    const int fd = open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const mmio_open_options options = {.struct_size = sizeof options,
                                       .mode = MMIO_MODE_RW,
                                       .disposition = MMIO_DISPOSITION_OPEN_OR_CREATE,
                                       .size = 1};
    mmio_map *map;
    mmio_error error;
    must_work(mmio_map_from_handle(fd, label, &options, &map, &error), &error);
    must(strcmp(mmio_map_path(map), label) == 0);
    return map;
}

/* Each character of the label, and one that stands for each byte that is part of none. */
static void compare(const char *json, const char *label)
{
    uint32_t told;
    for (const char *next; (next = json_string_character(json, &told)) != NULL; json = next) {
        uint32_t character = REPLACEMENT;
        const size_t length = json_character(label, &character);
        must(*label != '\0');
        must(told == (length != 0 ? character : REPLACEMENT));
        label += length != 0 ? length : 1;
    }
    must(*json == '"' && *label == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char beginning[] = "[{\"path\":\"";
    const dice d = dice_of(bytes, size);
    char *label = rest_as_text(&d);
    mmio_map *map = open_labelled(label);
    mmio_inventory *inventory;
    const char *json;
    uint64_t json_size;
    must(mmio_inventory_open(&inventory, NULL) == MMIO_OK);
    must(mmio_inventory_json(inventory, &json, &json_size, NULL) == MMIO_OK);
    must(strlen(json) == json_size && json_value(json) == json + json_size);
    must(strncmp(json, beginning, strlen(beginning)) == 0);
    compare(json + strlen(beginning), label);
    mmio_inventory_close(inventory);
    mmio_map_close(map);
    free(label);
    return 0;
}
