/* SPDX-License-Identifier: Apache-2.0 */
#include "stripes.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dice.h"
#include "mmio.h"

enum { THREADS = 3, CELLS = 8, COPY_MOST = 3000 };

/* Not a multiple of anything: neighbours share pages and the library's lock stripes. */
#define STRIPE ((uint64_t)50001)
#define CELLS_SIZE ((uint64_t)CELLS * sizeof(uint64_t))
#define SIZE_LEAST (CELLS_SIZE + THREADS * STRIPE)
#define SIZE_MOST (3 * SIZE_LEAST)
#define RESERVE ((uint64_t)256 << 10)

/* What is true for all threads. */
typedef struct common {
    mmio_map *map;
    uint64_t operations;
    _Atomic uint32_t running;
    _Atomic bool has_failed;
    char failure[256]; /* Of the thread that failed first. */
} common;

typedef struct striper {
    common *common;
    dice dice;
    uint64_t begin; /* Of its stripe. */
    mmio_cursor *cursor;
    mmio_segment *segment;    /* The stripe. */
    uint64_t added[CELLS];    /* To each cell, by this thread. */
    uint8_t bytes[STRIPE];    /* What is in the stripe. */
    uint8_t given[COPY_MOST]; /* For the library. */
    pthread_t thread;
} striper;

static bool agree(common *all, bool holds, const char *what, mmio_error *error)
{
    if (!holds && !atomic_exchange(&all->has_failed, true)) {
        (void)snprintf(all->failure, sizeof all->failure, "%s: %.200s", what, error->message);
    }
    return holds;
}

/* One piece of work on `size` bytes at `at` in the stripe. */
typedef mmio_status (*work)(striper *t, uint64_t at, size_t size, mmio_error *error);

static mmio_status write_map(striper *t, uint64_t at, size_t size, mmio_error *error)
{
    return mmio_map_write(t->common->map, t->begin + at, t->given, size, error);
}

static mmio_status write_segment(striper *t, uint64_t at, size_t size, mmio_error *error)
{
    return mmio_segment_write(t->segment, at, t->given, size, error);
}

static mmio_status write_cursor(striper *t, uint64_t at, size_t size, mmio_error *error)
{
    const mmio_status status =
        mmio_cursor_seek(t->cursor, (int64_t)(t->begin + at), MMIO_SEEK_START, NULL, error);
    return status == MMIO_OK ? mmio_cursor_write(t->cursor, t->given, size, error) : status;
}

static mmio_status write_view(striper *t, uint64_t at, size_t size, mmio_error *error)
{
    mmio_view view;
    const mmio_status status =
        mmio_view_acquire(t->common->map, t->begin + at, size, MMIO_VIEW_WRITE, &view, error);
    if (status == MMIO_OK && size != 0) {
        memcpy(view.data, t->given, size);
    }
    mmio_view_release(&view);
    return status;
}

static mmio_status write_fill(striper *t, uint64_t at, size_t size, mmio_error *error)
{
    memset(t->given, t->given[0], size);
    return mmio_map_fill(t->common->map, t->begin + at, size, t->given[0], error);
}

static mmio_status read_map(striper *t, uint64_t at, size_t size, mmio_error *error)
{
    return mmio_map_read(t->common->map, t->begin + at, t->given, size, error);
}

static mmio_status read_segment(striper *t, uint64_t at, size_t size, mmio_error *error)
{
    return mmio_segment_read(t->segment, at, t->given, size, error);
}

static mmio_status read_cursor(striper *t, uint64_t at, size_t size, mmio_error *error)
{
    size_t count = 0;
    mmio_status status =
        mmio_cursor_seek(t->cursor, (int64_t)(t->begin + at), MMIO_SEEK_START, NULL, error);
    if (status == MMIO_OK) {
        status = mmio_cursor_read(t->cursor, t->given, size, &count, error);
    }
    return status == MMIO_OK && count != size ? MMIO_ERR_RANGE : status;
}

static mmio_status read_view(striper *t, uint64_t at, size_t size, mmio_error *error)
{
    mmio_view view;
    const mmio_status status =
        mmio_view_acquire(t->common->map, t->begin + at, size, 0, &view, error);
    if (status == MMIO_OK && size != 0) {
        memcpy(t->given, view.data, size);
    }
    mmio_view_release(&view);
    return status;
}

static void do_write(striper *t)
{
    static const work ways[] = {write_map, write_segment, write_cursor, write_view, write_fill};
    const size_t size = throw_below(&t->dice, COPY_MOST + 1);
    const uint64_t at = throw_below(&t->dice, STRIPE - size + 1);
    mmio_error error = {0};
    throw_bytes(&t->dice, t->given, COPY_MOST);
    const mmio_status status =
        ways[throw_below(&t->dice, sizeof ways / sizeof ways[0])](t, at, size, &error);
    if (agree(t->common, status == MMIO_OK, "writing in the own stripe", &error)) {
        memcpy(t->bytes + at, t->given, size);
    }
}

static void do_read(striper *t)
{
    static const work ways[] = {read_map, read_segment, read_cursor, read_view};
    const size_t size = throw_below(&t->dice, COPY_MOST + 1);
    const uint64_t at = throw_below(&t->dice, STRIPE - size + 1);
    mmio_error error = {0};
    const mmio_status status =
        ways[throw_below(&t->dice, sizeof ways / sizeof ways[0])](t, at, size, &error);
    if (agree(t->common, status == MMIO_OK, "reading in the own stripe", &error)) {
        (void)agree(t->common, memcmp(t->bytes + at, t->given, size) == 0,
                    "the own stripe has other bytes", &error);
    }
}

static void do_add(striper *t)
{
    const uint64_t cell = throw_below(&t->dice, CELLS);
    const uint64_t value = throw_bits(&t->dice);
    mmio_error error = {0};
    const mmio_status status =
        mmio_atomic_u64_add(t->common->map, cell * sizeof value, value, NULL, &error);
    if (agree(t->common, status == MMIO_OK, "adding to a shared cell", &error)) {
        t->added[cell] += value;
    }
}

/* Bytes that come and go: there and 0, or out of range. */
static void do_look_beyond(striper *t)
{
    const size_t size = 1 + throw_below(&t->dice, COPY_MOST);
    const uint64_t offset = SIZE_LEAST + throw_below(&t->dice, SIZE_MOST - SIZE_LEAST);
    mmio_error error = {0};
    t->given[size - 1] = 0;
    const mmio_status status = mmio_map_read(t->common->map, offset, t->given, size, &error);
    (void)agree(t->common,
                (status == MMIO_OK || status == MMIO_ERR_RANGE) && t->given[size - 1] == 0,
                "reading beyond the stripes", &error);
}

/* Zeros, as all is beyond the stripes: whoever looks there cannot tell them from growth. The
 * resizes may cut them at once. */
static void do_append(striper *t)
{
    static const uint8_t zeros[COPY_MOST];
    const size_t size = 1 + throw_below(&t->dice, COPY_MOST);
    mmio_error error = {0};
    uint64_t offset = 0;
    const mmio_status status = mmio_map_append(t->common->map, zeros, size, &offset, &error);
    (void)agree(t->common, status == MMIO_ERR_RANGE || (status == MMIO_OK && offset >= SIZE_LEAST),
                "appending beyond the stripes", &error);
}

static void *run_striper(void *argument)
{
    striper *t = argument;
    for (uint64_t i = 0; i < t->common->operations && !atomic_load(&t->common->has_failed); i++) {
        static void (*const deeds[])(striper *) = {do_write, do_write,       do_read,  do_read,
                                                   do_add,   do_look_beyond, do_append};
        deeds[throw_below(&t->dice, sizeof deeds / sizeof deeds[0])](t);
    }
    atomic_fetch_sub(&t->common->running, 1);
    return NULL;
}

/* On the calling thread, as long as the others run. */
static void resize_meanwhile(common *all, dice *d)
{
    while (atomic_load(&all->running) != 0 && !atomic_load(&all->has_failed)) {
        const uint64_t size = SIZE_LEAST + throw_below(d, SIZE_MOST - SIZE_LEAST);
        mmio_error error = {0};
        const mmio_status status = mmio_map_resize(all->map, size, -1, &error);
        (void)agree(all, status == MMIO_OK, "resizing beyond the stripes", &error);
    }
}

/* After the threads are gone: the map and the file have what each wrote. */
static void check_stripe(common *all, const striper *t, const char *path)
{
    static uint8_t bytes[STRIPE];
    mmio_error error = {0};
    const mmio_status status = mmio_map_read(all->map, t->begin, bytes, STRIPE, &error);
    (void)agree(all, status == MMIO_OK && memcmp(bytes, t->bytes, STRIPE) == 0,
                "a stripe of the map", &error);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t got = pread(fd, bytes, STRIPE, (off_t)t->begin);
    (void)agree(all, got == (ssize_t)STRIPE && memcmp(bytes, t->bytes, STRIPE) == 0,
                "a stripe of the file", &error);
    (void)close(fd);
}

static void check_cells(common *all, const striper *stripers)
{
    for (uint64_t cell = 0; cell < CELLS; cell++) {
        uint64_t sum = 0;
        for (int i = 0; i < THREADS; i++) {
            sum += stripers[i].added[cell];
        }
        uint64_t value = 0;
        mmio_error error = {0};
        (void)mmio_atomic_u64_load(all->map, cell * sizeof value, &value, &error);
        (void)agree(all, value == sum, "a shared cell lost an addition", &error);
    }
}

static bool open_striper(striper *t, common *all, uint64_t seed, int number)
{
    t->common = all;
    t->dice.state = seed + (uint64_t)number;
    t->begin = CELLS_SIZE + (uint64_t)number * STRIPE;
    return mmio_cursor_open(all->map, &t->cursor, NULL) == MMIO_OK &&
           mmio_segment_open(all->map, t->begin, STRIPE, &t->segment, NULL) == MMIO_OK;
}

static void run_all(common *all, striper *stripers, uint64_t seed)
{
    mmio_error none = {0};
    int started = 0;
    bool is_open = true;
    for (int i = 0; i < THREADS; i++) {
        is_open = is_open && open_striper(&stripers[i], all, seed, i);
    }
    while (is_open && started < THREADS) {
        striper *t = &stripers[started];
        atomic_fetch_add(&all->running, 1);
        if (pthread_create(&t->thread, NULL, run_striper, t) != 0) {
            atomic_fetch_sub(&all->running, 1);
            break;
        }
        started++;
    }
    (void)agree(all, started == THREADS, "starting the threads", &none);
    dice d = {.state = seed + THREADS};
    resize_meanwhile(all, &d);
    for (int i = 0; i < started; i++) {
        (void)pthread_join(stripers[i].thread, NULL);
    }
}

static void spoil(const stripe_plan *plan)
{
    const int fd = open(plan->path, O_RDWR | O_CLOEXEC);
    for (uint64_t at = 0; at < plan->spoil_bytes; at++) {
        uint8_t byte;
        if (pread(fd, &byte, 1, (off_t)at) == 1) {
            byte ^= 0x80;
            (void)!pwrite(fd, &byte, 1, (off_t)at);
        }
    }
    (void)close(fd);
}

bool run_stripes(const stripe_plan *plan, char *failure, size_t failure_size)
{
    common all = {.operations = plan->operations};
    mmio_open_options options = {.struct_size = sizeof options};
    options.disposition = MMIO_DISPOSITION_CREATE;
    options.size = SIZE_LEAST;
    options.reserve = RESERVE;
    mmio_error error = {0};
    striper *stripers = calloc(THREADS, sizeof *stripers);
    const mmio_status status = mmio_map_open(plan->path, &options, &all.map, &error);
    if (agree(&all, status == MMIO_OK && stripers != NULL, "opening", &error)) {
        run_all(&all, stripers, plan->seed);
        spoil(plan);
        for (int i = 0; i < THREADS; i++) {
            check_stripe(&all, &stripers[i], plan->path);
            mmio_cursor_close(stripers[i].cursor);
            mmio_segment_close(stripers[i].segment);
        }
        check_cells(&all, stripers);
    }
    mmio_map_close(all.map);
    free(stripers);
    (void)snprintf(failure, failure_size, "%s", all.failure);
    return !atomic_load(&all.has_failed);
}
