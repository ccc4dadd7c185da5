/* SPDX-License-Identifier: Apache-2.0 */
/* Option structs of any bytes and any struct_size. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

/* The longest struct that is not taken for uninitialized memory, and the first released one. */
#define STRUCT_SIZE_MOST 4096u
#define STRUCT_SIZE_LEAST 72u

typedef mmio_status (*opener)(uint64_t size, const mmio_open_options *options, mmio_map **out_map,
                              mmio_error *error);

static mmio_status open_file(uint64_t size, const mmio_open_options *options, mmio_map **out_map,
                             mmio_error *error)
{
    (void)unlink("f");
    mmio_open_options creating = {.struct_size = sizeof creating,
                                  .mode = MMIO_MODE_RW,
                                  .disposition = MMIO_DISPOSITION_CREATE,
                                  .size = size % FILE_SIZE_MOST};
    mmio_map *map;
    if (size != 0 && mmio_map_open("f", &creating, &map, NULL) == MMIO_OK) {
        mmio_map_close(map);
    }
    return mmio_map_open("f", options, out_map, error);
}

static mmio_status open_shared(uint64_t size, const mmio_open_options *options, mmio_map **out_map,
                               mmio_error *error)
{
    return mmio_map_shared(NULL, size, options, out_map, error);
}

/* The struct with the first bytes of what is left of the input, so long that reading further is an
 * error that AddressSanitizer sees. */
static mmio_open_options *struct_of(const dice *d, uint32_t struct_size)
{
    const size_t size = struct_size < 4 || struct_size > STRUCT_SIZE_MOST ? 4 : struct_size;
    uint8_t *bytes = calloc(1, size);
    must(bytes != NULL);
    memcpy(bytes, d->bytes, d->left < size ? d->left : size);
    memcpy(bytes, &struct_size, 4);
    return (mmio_open_options *)(void *)bytes;
}

static bool asks_for_unknown(const mmio_open_options *options, uint32_t struct_size)
{
    for (size_t i = sizeof *options; i < struct_size; i++) {
        if (((const uint8_t *)options)[i] != 0) {
            return true;
        }
    }
    return false;
}

/* The map is usable to its end. */
static void use(mmio_map *map)
{
    const uint64_t size = mmio_map_size(map);
    mmio_error error;
    uint8_t byte;
    must(mmio_map_mode(map) >= MMIO_MODE_RO && mmio_map_mode(map) <= MMIO_MODE_COW_RW);
    if (size != 0) {
        must_work(mmio_map_read(map, size - 1, &byte, 1, &error), &error);
        if (mmio_map_mode(map) == MMIO_MODE_RW || mmio_map_mode(map) == MMIO_MODE_COW_RW) {
            must_work(mmio_map_write(map, size - 1, &byte, 1, &error), &error);
        }
    }
    must(mmio_map_read(map, size, &byte, 1, &error) == MMIO_ERR_RANGE);
}

static mmio_status try_to_open(opener open, uint64_t size, const mmio_open_options *options)
{
    mmio_map *map = (mmio_map *)&map;
    mmio_error error;
    const mmio_status status = open(size, options, &map, &error);
    check_record(status, &error);
    must((status == MMIO_OK) == (map != NULL));
    if (status == MMIO_OK) {
        use(map);
        mmio_map_close(map);
    }
    return status;
}

/* What a struct is too short for is 0. */
static mmio_status with_zeros(opener open, uint64_t size, const mmio_open_options *options,
                              uint32_t struct_size)
{
    mmio_open_options whole = {0};
    memcpy(&whole, options, struct_size < sizeof whole ? struct_size : sizeof whole);
    whole.struct_size = sizeof whole;
    return try_to_open(open, size, &whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const opener openers[] = {open_file, mmio_map_anonymous, open_shared};
    static const uint32_t sizes[] = {0,
                                     STRUCT_SIZE_LEAST - 1,
                                     STRUCT_SIZE_LEAST,
                                     sizeof(mmio_open_options) - 1,
                                     sizeof(mmio_open_options),
                                     sizeof(mmio_open_options),
                                     sizeof(mmio_open_options) + 1,
                                     sizeof(mmio_open_options) + 8,
                                     STRUCT_SIZE_MOST,
                                     STRUCT_SIZE_MOST + 1,
                                     UINT32_MAX};
    enum { SIZES = sizeof sizes / sizeof sizes[0] };
    dice d = dice_of(bytes, size);
    const opener open = openers[throw_below(&d, 3)];
    const uint64_t map_size =
        throw_one_in(&d, 4) ? throw_bits(&d) : throw_below(&d, FILE_SIZE_MOST);
    const uint64_t which = throw_below(&d, SIZES + 1);
    const uint32_t struct_size =
        which < SIZES ? sizes[which] : (uint32_t)throw_below(&d, STRUCT_SIZE_MOST);
    mmio_open_options *options = struct_of(&d, struct_size);
    const mmio_status status = try_to_open(open, map_size, options);
    if (struct_size < STRUCT_SIZE_LEAST || struct_size > STRUCT_SIZE_MOST ||
        asks_for_unknown(options, struct_size)) {
        must(status == MMIO_ERR_INVALID);
    } else {
        must(status == with_zeros(open, map_size, options, struct_size));
    }
    free(options);
    return 0;
}
