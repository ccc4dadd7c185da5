/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets and sizes from all over: calls take those that fit, and tell of the others. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define MAP_SIZE ((uint64_t)3 * 4096 + 17)

static mmio_map *map;
static uint8_t bytes_of_map[MAP_SIZE];

typedef mmio_status (*ranged)(uint64_t offset, uint64_t size, mmio_error *error);

static mmio_status read_bytes(uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_read(map, offset, bytes_of_map, (size_t)size, error);
}

static mmio_status write_bytes(uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_write(map, offset, bytes_of_map, (size_t)size, error);
}

static mmio_status read_entry(uint64_t offset, uint64_t size, mmio_error *error)
{
    mmio_io entry = {.offset = offset, .size = size, .data = bytes_of_map};
    const mmio_status status = mmio_map_read_batch(map, &entry, 1, error);
    must(entry.status == status);
    return status;
}

static mmio_status fill(uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_fill(map, offset, size, 7, error);
}

static mmio_status zero(uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_zero(map, offset, size, error);
}

static mmio_status find(uint64_t offset, uint64_t size, mmio_error *error)
{
    uint64_t found;
    const mmio_status status = mmio_map_find(map, offset, size, "no", 2, &found, error);
    must(found == UINT64_MAX);
    return status;
}

static mmio_status copy(uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_copy(map, offset, map, 0, size, error);
}

static mmio_status copy_to(uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_copy(map, 0, map, offset, size, error);
}

static mmio_status flush(uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_flush_range(map, offset, size, MMIO_FLUSH_DATA, error);
}

static mmio_status advise(uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_advise(map, offset, size, MMIO_ADVICE_NORMAL, error);
}

static mmio_status touch(uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_touch(map, offset, size, 0, NULL, NULL, error);
}

static mmio_status count_pages(uint64_t offset, uint64_t size, mmio_error *error)
{
    mmio_residency pages = {.struct_size = sizeof pages};
    const mmio_status status = mmio_map_residency(map, offset, size, &pages, error);
    must(status != MMIO_OK || pages.pages <= 4);
    return status;
}

static mmio_status view(uint64_t offset, uint64_t size, mmio_error *error)
{
    mmio_view view;
    const mmio_status status = mmio_view_acquire(map, offset, size, 0, &view, error);
    must(status == MMIO_OK ? view.size == size : view.data == NULL && view.size == 0);
    if (status == MMIO_OK && size != 0) {
        (void)*(const volatile uint8_t *)view.data;
        (void)*((const volatile uint8_t *)view.data + size - 1);
    }
    mmio_view_release(&view);
    return status;
}

static mmio_status segment(uint64_t offset, uint64_t size, mmio_error *error)
{
    mmio_segment *segment;
    const mmio_status status = mmio_segment_open(map, offset, size, &segment, error);
    must((status == MMIO_OK) == (segment != NULL));
    if (status == MMIO_OK) {
        must(mmio_segment_read(segment, 0, bytes_of_map, (size_t)size, NULL) == MMIO_OK);
        must(mmio_segment_read(segment, size, bytes_of_map, 1, NULL) == MMIO_ERR_RANGE);
        must(mmio_segment_read(segment, 1, bytes_of_map, SIZE_MAX, NULL) == MMIO_ERR_RANGE);
    }
    mmio_segment_close(segment);
    return status;
}

/* Of a copy the range it takes is looked at first. */
static const ranged calls[] = {read_bytes, write_bytes, read_entry, fill,   zero,
                               find,       copy,        copy_to,    flush,  advise,
                               touch,      count_pages, view,       segment};
enum { CALLS = sizeof calls / sizeof calls[0] };

/* Around everything where sums turn. */
static uint64_t throw_number(dice *d)
{
    static const uint64_t places[] = {0,
                                      MAP_SIZE,
                                      4096,
                                      3 * 4096,
                                      UINT64_MAX,
                                      INT64_MAX,
                                      UINT32_MAX,
                                      (uint64_t)1 << 47,
                                      (uint64_t)1 << 63,
                                      UINT64_MAX - MAP_SIZE,
                                      UINT64_MAX - 4095};
    if (throw_one_in(d, 4)) {
        return throw_bits(d);
    }
    return places[throw_below(d, sizeof places / sizeof places[0])] + throw_below(d, 7) - 3;
}

static bool fits(uint64_t offset, uint64_t size)
{
    uint64_t end;
    return size == 0 || (!__builtin_add_overflow(offset, size, &end) && end <= MAP_SIZE);
}

static void check(ranged call, uint64_t offset, uint64_t size)
{
    mmio_error error;
    memset(&error, 0xa5, sizeof error);
    const mmio_status status = call(offset, size, &error);
    if (fits(offset, size)) {
        must_work(status, &error);
    } else {
        check_record(status, &error);
        must(status == MMIO_ERR_RANGE && error.limit == MAP_SIZE);
        must(error.offset == (call == copy_to && size > MAP_SIZE ? 0 : offset));
        must(error.size == size);
    }
}

static void check_cell(uint64_t offset)
{
    mmio_error error;
    uint64_t value;
    const mmio_status status = mmio_atomic_u64_load(map, offset, &value, &error);
    check_record(status, &error);
    must(status == (offset % 8 != 0    ? MMIO_ERR_ALIGN
                    : !fits(offset, 8) ? MMIO_ERR_RANGE
                                       : MMIO_OK));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    dice d = dice_of(bytes, size);
    if (map == NULL) {
        must(mmio_map_anonymous(MAP_SIZE, NULL, &map, NULL) == MMIO_OK);
    }
    while (d.left != 0) {
        const uint64_t which = throw_below(&d, CALLS + 1);
        const uint64_t offset = throw_number(&d);
        if (which < CALLS) {
            check(calls[which], offset, throw_number(&d));
        } else {
            check_cell(offset);
        }
        must(mmio_map_size(map) == MAP_SIZE);
    }
    return 0;
}
