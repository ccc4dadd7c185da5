/* SPDX-License-Identifier: Apache-2.0 */
/* What the contract promises among threads: A3, C1, D2, D7, E2, E3, B13. */
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "support.h"

/* A body that runs until the test says so, and counts what it did and what went wrong. */
typedef struct worker {
    mmio_map *map;
    uint64_t size;
    uint64_t offset;
    int tag;
    _Atomic bool is_over;
    _Atomic uint64_t done;
    _Atomic uint64_t wrong;
    uintptr_t thread;
} worker;

static void start(worker *w, void *(*body)(void *argument))
{
    start_thread(&w->thread, body, w);
}

/* All are joined before anything is judged: a failing test leaves no thread behind. */
static void finish(worker *workers, int count)
{
    for (int i = 0; i < count; i++) {
        atomic_store(&workers[i].is_over, true);
    }
    for (int i = 0; i < count; i++) {
        (void)join_thread(workers[i].thread);
    }
    for (int i = 0; i < count; i++) {
        assert_int_equal(atomic_load(&workers[i].wrong), 0);
        assert_int_not_equal(atomic_load(&workers[i].done), 0);
    }
}

static void wait_for(_Atomic uint64_t *count, uint64_t least)
{
    while (atomic_load(count) < least) {
    }
}

/* Reads the last byte the map has, as a copy and as a view. Neither may ever touch a byte that a
 * shrink has taken away: that would be a SIGBUS. */
static void *read_end_body(void *argument)
{
    worker *w = argument;
    while (!atomic_load(&w->is_over)) {
        const uint64_t size = mmio_map_size(w->map);
        char byte;
        mmio_view view;
        const mmio_status read = mmio_map_read(w->map, size - 1, &byte, 1, NULL);
        atomic_fetch_add(&w->wrong, read != MMIO_OK && read != MMIO_ERR_RANGE);
        const mmio_status held = mmio_view_acquire(w->map, size - 1, 1, 0, &view, NULL);
        atomic_fetch_add(&w->wrong, held != MMIO_OK && held != MMIO_ERR_RANGE);
        if (held == MMIO_OK) {
            atomic_fetch_add(&w->wrong, *(volatile char *)view.data != 0);
            mmio_view_release(&view);
        }
        atomic_fetch_add(&w->done, 1);
    }
    return NULL;
}

static void A3_E3_readers_of_the_end_never_meet_a_missing_byte(void **state)
{
    (void)state;
    enum { READERS = 3, ROUNDS = 3000 };
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 4096);
    options.reserve = 64 << 10;
    mmio_map *map;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    worker readers[READERS] = {0};
    for (int i = 0; i < READERS; i++) {
        readers[i].map = map;
        start(&readers[i], read_end_body);
    }
    for (int round = 0; round < ROUNDS; round++) {
        /* Inside the reservation, and now and then beyond it. */
        const uint64_t size = round % 500 == 499 ? (uint64_t)(128 + round) << 10 : 60 << 10;
        assert_ok(mmio_map_resize(map, size, 0, ERR));
        assert_ok(mmio_map_resize(map, 4096, -1, ERR));
    }
    for (int i = 0; i < READERS; i++) {
        wait_for(&readers[i].done, 1);
    }
    finish(readers, READERS);
    mmio_map_close(map);
}

/* Writes `size` bytes of one value, the next value each time. */
static void *write_body(void *argument)
{
    worker *w = argument;
    unsigned char *bytes = malloc(w->size);
    while (bytes != NULL && !atomic_load(&w->is_over)) {
        memset(bytes, (int)(atomic_load(&w->done) * 4 + (uint64_t)w->tag), w->size);
        const mmio_status status = mmio_map_write(w->map, w->offset, bytes, w->size, NULL);
        atomic_fetch_add(&w->wrong, status != MMIO_OK);
        atomic_fetch_add(&w->done, 1);
    }
    free(bytes);
    return NULL;
}

/* Reads `size` bytes and sees that all are of one value. */
static void *read_whole_body(void *argument)
{
    worker *w = argument;
    unsigned char *bytes = malloc(w->size);
    while (bytes != NULL && !atomic_load(&w->is_over)) {
        const mmio_status status = mmio_map_read(w->map, w->offset, bytes, w->size, NULL);
        atomic_fetch_add(&w->wrong, status != MMIO_OK || bytes[0] != bytes[w->size - 1] ||
                                        memcmp(bytes, bytes + 1, w->size - 1) != 0);
        atomic_fetch_add(&w->done, 1);
    }
    free(bytes);
    return NULL;
}

/* Two writers and two readers of the same bytes: `size` of them at `offset`. */
static void check_tearing(uint64_t offset, uint64_t size, uint64_t reads)
{
    mmio_map *map = anonymous_map(16 << 20);
    worker workers[4] = {0};
    for (int i = 0; i < 4; i++) {
        workers[i].map = map;
        workers[i].offset = offset;
        workers[i].size = size;
        workers[i].tag = i;
        start(&workers[i], i < 2 ? write_body : read_whole_body);
    }
    for (int i = 0; i < 4; i++) {
        wait_for(&workers[i].done, reads);
    }
    finish(workers, 4);
    mmio_map_close(map);
}

static void D2_short_reads_never_see_half_of_a_write(void **state)
{
    (void)state;
    check_tearing(100, 64, 100000);
}

static void D2_reads_across_a_stripe_never_see_half_of_a_write(void **state)
{
    (void)state;
    check_tearing(65536 - 100, 200, 50000);
}

static void D2_long_reads_never_see_half_of_a_write_and_do_not_starve(void **state)
{
    (void)state;
    check_tearing(12345, 6 << 20, 20);
}

/* A shrink on another thread. */
typedef struct shrinker {
    mmio_map *map;
    int64_t timeout_ms;
    uintptr_t thread;
    _Atomic bool has_begun;
    mmio_status status;
} shrinker;

static void *shrink_body(void *argument)
{
    shrinker *s = argument;
    atomic_store(&s->has_begun, true);
    s->status = mmio_map_resize(s->map, 10, s->timeout_ms, NULL);
    return NULL;
}

static void begin_shrinking(shrinker *s)
{
    start_thread(&s->thread, shrink_body, s);
    while (!atomic_load(&s->has_begun)) {
    }
}

static void E3_a_shrink_waits_until_the_view_is_released(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        mmio_map *map = anonymous_map(100);
        mmio_view view;
        assert_ok(mmio_view_acquire(map, 0, 100, 0, &view, ERR));
        shrinker s = {.map = map, .timeout_ms = round % 2 == 0 ? -1 : 60000};
        begin_shrinking(&s);
        assert_int_equal(mmio_map_size(map), 100);
        mmio_view_release(&view);
        (void)join_thread(s.thread);
        assert_ok(s.status);
        assert_int_equal(mmio_map_size(map), 10);
        mmio_map_close(map);
    }
}

static void E2_neither_growth_nor_readers_wait_for_a_waiting_shrink_of_others(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(100);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 100, 0, &view, ERR));
    shrinker s = {.map = map, .timeout_ms = -1};
    begin_shrinking(&s);
    char byte;
    for (int i = 0; i < 1000; i++) {
        mmio_view other;
        assert_ok(mmio_map_read(map, 99, &byte, 1, ERR));
        assert_ok(mmio_view_acquire(map, 0, 100, 0, &other, ERR));
        mmio_view_release(&other);
    }
    mmio_view_release(&view);
    (void)join_thread(s.thread);
    assert_ok(s.status);
    mmio_map_close(map);
}

static void E3_a_shrink_gives_up_at_its_deadline(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(100);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 100, 0, &view, ERR));
    shrinker s = {.map = map, .timeout_ms = 30};
    begin_shrinking(&s);
    (void)join_thread(s.thread);
    assert_status(MMIO_ERR_TIMEOUT, s.status);
    assert_int_equal(mmio_map_size(map), 100);
    mmio_view_release(&view);
    mmio_map_close(map);
}

static void B13_shutting_down_ends_a_waiting_shrink(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(100);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 100, 0, &view, ERR));
    shrinker s = {.map = map, .timeout_ms = -1};
    begin_shrinking(&s);
    assert_ok(mmio_map_shutdown(map, ERR));
    (void)join_thread(s.thread);
    assert_status(MMIO_ERR_CLOSED, s.status);
    mmio_view_release(&view);
    mmio_map_close(map);
}

/* Uses a map until it answers CLOSED, in every way that touches its memory or its file. */
static void *use_until_closed_body(void *argument)
{
    worker *w = argument;
    mmio_status status = MMIO_OK;
    while (status != MMIO_ERR_CLOSED) {
        char bytes[64] = {0};
        mmio_view view;
        status = mmio_map_read(w->map, 100, bytes, sizeof bytes, NULL);
        status = status == MMIO_OK ? mmio_map_write(w->map, 0, bytes, 64, NULL) : status;
        status = status == MMIO_OK ? mmio_atomic_u64_add(w->map, 0, 1, NULL, NULL) : status;
        status = status == MMIO_OK ? mmio_map_flush(w->map, MMIO_FLUSH_START, NULL) : status;
        status = status == MMIO_OK ? mmio_map_resize(w->map, 4096, 0, NULL) : status;
        status = status == MMIO_ERR_BUSY ? MMIO_OK : status;
        if (mmio_view_acquire(w->map, w->offset, 64, MMIO_VIEW_WRITE, &view, NULL) == MMIO_OK) {
            *(volatile char *)view.data = 1;
            mmio_view_release(&view);
        }
        atomic_fetch_add(&w->wrong, status != MMIO_OK && status != MMIO_ERR_CLOSED);
        atomic_fetch_add(&w->done, 1);
    }
    return NULL;
}

static void B13_shutting_down_under_use_harms_nobody(void **state)
{
    (void)state;
    const int descriptors = open_descriptors();
    for (int round = 0; round < 100; round++) {
        mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 4096);
        mmio_map *map;
        assert_ok(mmio_map_open("f", &options, &map, ERR));
        worker users[3] = {0};
        for (int i = 0; i < 3; i++) {
            users[i].map = map;
            users[i].offset = 1024 * (uint64_t)(i + 1);
            start(&users[i], use_until_closed_body);
        }
        wait_for(&users[0].done, 1);
        assert_ok(mmio_map_shutdown(map, ERR));
        finish(users, 3);
        mmio_map_close(map);
    }
    assert_int_equal(open_descriptors(), descriptors);
}

/* Takes the file back, if nobody was faster, and leaves its descriptor. */
typedef struct taker {
    mmio_map *map;
    _Atomic uint64_t *arrived; /* All wait until both are there. */
    uintptr_t thread;
    intptr_t handle;
    mmio_status status;
} taker;

static void *take_body(void *argument)
{
    taker *t = argument;
    atomic_fetch_add(t->arrived, 1);
    wait_for(t->arrived, 2);
    t->status = mmio_map_into_handle(t->map, &t->handle, NULL);
    return NULL;
}

static void B7_of_racing_takers_exactly_one_gets_the_file(void **state)
{
    (void)state;
    const int descriptors = open_descriptors();
    make_file("f", 100, 'x');
    for (int round = 0; round < 3000; round++) {
        mmio_map *map = open_mode("f", MMIO_MODE_RW);
        _Atomic uint64_t arrived = 0;
        taker takers[] = {{.map = map, .arrived = &arrived}, {.map = map, .arrived = &arrived}};
        start_thread(&takers[0].thread, take_body, &takers[0]);
        (void)take_body(&takers[1]);
        (void)join_thread(takers[0].thread);
        const bool first_won = takers[0].status == MMIO_OK;
        const taker *loser = &takers[first_won ? 1 : 0];
        assert_ok(takers[first_won ? 0 : 1].status);
        assert_status(MMIO_ERR_CLOSED, loser->status);
        assert_int_equal(loser->handle, -1);
        assert_int_equal(close((int)takers[first_won ? 0 : 1].handle), 0);
        mmio_map_close(map);
    }
    assert_int_equal(open_descriptors(), descriptors);
}

/* The last holder and the last view end at the same time, on two threads. */
static void *close_body(void *argument)
{
    mmio_map_close(argument);
    return NULL;
}

static void C4_closing_races_with_the_last_release(void **state)
{
    (void)state;
    const int descriptors = open_descriptors();
    for (int round = 0; round < 2000; round++) {
        mmio_map *map = anonymous_map(100);
        mmio_view view;
        assert_ok(mmio_view_acquire(map, 0, 100, MMIO_VIEW_WRITE, &view, ERR));
        uintptr_t thread;
        start_thread(&thread, close_body, map);
        *(volatile char *)view.data = 1;
        mmio_view_release(&view);
        (void)join_thread(thread);
    }
    assert_int_equal(open_descriptors(), descriptors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(A3_E3_readers_of_the_end_never_meet_a_missing_byte),
        IN_DIRECTORY(D2_short_reads_never_see_half_of_a_write),
        IN_DIRECTORY(D2_reads_across_a_stripe_never_see_half_of_a_write),
        IN_DIRECTORY(D2_long_reads_never_see_half_of_a_write_and_do_not_starve),
        IN_DIRECTORY(E3_a_shrink_waits_until_the_view_is_released),
        IN_DIRECTORY(E2_neither_growth_nor_readers_wait_for_a_waiting_shrink_of_others),
        IN_DIRECTORY(E3_a_shrink_gives_up_at_its_deadline),
        IN_DIRECTORY(B13_shutting_down_ends_a_waiting_shrink),
        IN_DIRECTORY(B13_shutting_down_under_use_harms_nobody),
        IN_DIRECTORY(B7_of_racing_takers_exactly_one_gets_the_file),
        IN_DIRECTORY(C4_closing_races_with_the_last_release),
    };
    return cmocka_run_group_tests_name("contract among threads", tests, NULL, NULL);
}
