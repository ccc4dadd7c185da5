/* SPDX-License-Identifier: Apache-2.0 */
/* A program that uses an installed mmio: consumer FILE prints "mmio VERSION: hello". */
#include <stdio.h>

#include <mmio.h>

static int failed(const char *call, const mmio_error *error)
{
    fprintf(stderr, "%s: %s\n", call, error->message);
    return 1;
}

int main(int argc, char **argv)
{
    const uint32_t header = (uint32_t)MMIO_VERSION_MAJOR << 16 | (uint32_t)MMIO_VERSION_MINOR << 8 |
                            (uint32_t)MMIO_VERSION_PATCH;
    const mmio_open_options options = {.struct_size = sizeof(options),
                                       .mode = MMIO_MODE_RW,
                                       .disposition = MMIO_DISPOSITION_CREATE,
                                       .size = 5};
    char text[6] = "";
    mmio_map *map;
    mmio_error error;

    if (argc != 2 || mmio_version() != header) {
        fprintf(stderr, "no FILE, or the library is not of the header's version\n");
        return 1;
    }
    if (mmio_map_open(argv[1], &options, &map, &error) != MMIO_OK)
        return failed("open", &error);
    if (mmio_map_write(map, 0, "hello", 5, &error) != MMIO_OK)
        return failed("write", &error);
    if (mmio_map_read(map, 0, text, 5, &error) != MMIO_OK)
        return failed("read", &error);
    mmio_map_close(map);
    printf("mmio %s: %s\n", mmio_version_string(), text);
    return 0;
}
