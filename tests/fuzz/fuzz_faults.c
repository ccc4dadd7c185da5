/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that vanish and come back under the guard: every answer is what the file has. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define PAGES 6

/* One file, its map, and how long both are. */
typedef struct scene {
    dice dice;
    int fd;
    mmio_map *map;
    uint64_t map_size;
    uint64_t file_size;
} scene;

static uint64_t page_end(uint64_t size)
{
    const uint64_t page = mmio_page_size();
    return (size + page - 1) / page * page;
}

/* A range within the map that is not empty; often around the end of the file. */
static void throw_range(scene *s, uint64_t *out_offset, size_t *out_size)
{
    const uint64_t near = page_end(s->file_size) + throw_below(&s->dice, 128);
    const uint64_t offset =
        throw_one_in(&s->dice, 2) && near >= 64 ? near - 64 : throw_below(&s->dice, s->map_size);
    *out_offset = offset < s->map_size ? offset : s->map_size - 1;
    const uint64_t most = s->map_size - *out_offset;
    const uint64_t size = 1 + throw_below(&s->dice, throw_one_in(&s->dice, 4) ? most : 200);
    *out_size = (size_t)(size < most ? size : most);
}

/* How many bytes of a range are there; the record tells of the others. */
static size_t check_answer(const scene *s, mmio_status status, const mmio_error *error,
                           uint64_t offset, size_t size)
{
    const uint64_t end = page_end(s->file_size);
    const size_t there = offset >= end ? 0 : end - offset < size ? (size_t)(end - offset) : size;
    must(status == (there == size ? MMIO_OK : MMIO_ERR_FAULT));
    if (there != size) {
        check_record(status, error);
        must(error->offset == offset + there && error->done == there);
        must(error->cause == MMIO_CAUSE_TRUNCATED && error->limit == s->file_size);
    }
    return there;
}

/* The bytes of the file are what plain reads give; behind its end it has none. */
static void check_bytes(const scene *s, uint64_t offset, const uint8_t *bytes, size_t size)
{
    static uint8_t wanted[PAGES * 65536];
    const ssize_t got = pread(s->fd, wanted, size, (off_t)offset);
    must(got >= 0 && memcmp(bytes, wanted, (size_t)got) == 0);
}

static void do_read(scene *s)
{
    static uint8_t bytes[PAGES * 65536];
    uint64_t offset;
    size_t size;
    throw_range(s, &offset, &size);
    mmio_error error;
    const mmio_status status = mmio_map_read(s->map, offset, bytes, size, &error);
    check_bytes(s, offset, bytes, check_answer(s, status, &error, offset, size));
}

static void do_write(scene *s)
{
    static uint8_t bytes[PAGES * 65536];
    uint64_t offset;
    size_t size;
    throw_range(s, &offset, &size);
    throw_bytes(&s->dice, bytes, size);
    mmio_error error;
    const mmio_status status = mmio_map_write(s->map, offset, bytes, size, &error);
    check_bytes(s, offset, bytes, check_answer(s, status, &error, offset, size));
}

static void do_fill(scene *s)
{
    static uint8_t bytes[PAGES * 65536];
    uint64_t offset;
    size_t size;
    throw_range(s, &offset, &size);
    memset(bytes, 'f', size);
    mmio_error error;
    const mmio_status status = mmio_map_fill(s->map, offset, size, 'f', &error);
    check_bytes(s, offset, bytes, check_answer(s, status, &error, offset, size));
}

static void do_add(scene *s)
{
    uint64_t before;
    uint64_t after;
    const uint64_t offset = throw_below(&s->dice, s->map_size / 8) * 8;
    const bool is_whole = offset + 8 <= s->file_size;
    must(!is_whole || pread(s->fd, &before, 8, (off_t)offset) == 8);
    mmio_error error;
    const mmio_status status = mmio_atomic_u64_add(s->map, offset, 3, &after, &error);
    must(status == (offset < page_end(s->file_size) ? MMIO_OK : MMIO_ERR_FAULT));
    if (is_whole) {
        must(after == before);
        must(pread(s->fd, &after, 8, (off_t)offset) == 8 && after == before + 3);
    }
}

static void cut(scene *s)
{
    s->file_size = throw_below(&s->dice, s->map_size + 1);
    must(ftruncate(s->fd, (off_t)s->file_size) == 0);
}

static void look(scene *s)
{
    mmio_error error;
    const mmio_status status = mmio_map_check_faults(s->map, &error);
    must(status == (s->file_size < s->map_size ? MMIO_ERR_FAULT : MMIO_OK));
}

static void follow(scene *s)
{
    if (s->file_size >= 8) {
        uint64_t after;
        mmio_error error;
        must_work(mmio_map_refresh(s->map, NULL, &after, &error), &error);
        must(after == s->file_size);
        s->map_size = after;
    }
}

static void begin(scene *s)
{
    s->map_size = s->file_size = 8 + throw_below(&s->dice, PAGES * mmio_page_size() - 8);
    s->fd = open("f", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(s->fd >= 0 && ftruncate(s->fd, (off_t)s->file_size) == 0);
    const mmio_open_options options = {.struct_size = sizeof options, .mode = MMIO_MODE_RW};
    mmio_error error;
    must_work(mmio_fault_guard(MMIO_GUARD_SIGNAL, &error), &error);
    must_work(mmio_map_open("f", &options, &s->map, &error), &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static void (*const deeds[])(scene * s) = {do_read, do_read, do_write, do_write, do_fill,
                                               do_add,  cut,     cut,      look,     follow};
    scene s = {.dice = dice_of(bytes, size)};
    begin(&s);
    while (s.dice.left != 0) {
        deeds[throw_below(&s.dice, sizeof deeds / sizeof deeds[0])](&s);
    }
    mmio_map_close(s.map);
    (void)close(s.fd);
    return 0;
}
