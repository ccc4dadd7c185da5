/* SPDX-License-Identifier: Apache-2.0 */
/* B13, C2, D2, D7, E2, E3: who waits for whom, for how long, and that nobody waits for himself. */
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "children.h"
#include "support.h"

/* Where more time than this passes, somebody waited who should not have. */
enum { LONG_MS = 10000 };

/* A resize on another thread, which may be waited for until it sleeps. */
typedef struct resizer {
    mmio_map *map;
    uint64_t size;
    int64_t timeout_ms;
    mmio_view view; /* Released at the end if there is one. */
    _Atomic int number;
    mmio_status status;
    uintptr_t thread;
} resizer;

static void *resize_body(void *argument)
{
    resizer *r = argument;
    char byte;
    assert_ok(mmio_map_read(r->map, 0, &byte, 1, NULL));
    atomic_store(&r->number, thread_id());
    r->status = mmio_map_resize(r->map, r->size, r->timeout_ms, NULL);
    mmio_view_release(&r->view);
    return NULL;
}

static void start_and_let_sleep(resizer *r)
{
    start_thread(&r->thread, resize_body, r);
    while (!is_in_system_call(atomic_load(&r->number), SYS_futex)) {
    }
}

/* Deadlines. */

static void E3_D7_a_deadline_is_kept_neither_early_nor_late(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(100);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 100, 0, &view, ERR));
    const int64_t timeouts[] = {0, 1, 50, 200};
    for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
        const int64_t begin = now_ms();
        assert_status(timeouts[i] == 0 ? MMIO_ERR_BUSY : MMIO_ERR_TIMEOUT,
                      mmio_map_resize(map, 50, timeouts[i], ERR));
        const int64_t passed = now_ms() - begin;
        assert_true(passed >= timeouts[i]);
        assert_true(passed < timeouts[i] + LONG_MS);
    }
    assert_int_equal(mmio_map_size(map), 100);
    mmio_view_release(&view);
    mmio_map_close(map);
}

static void D7_a_resize_waits_for_another_no_longer_than_it_was_told(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(100);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 100, 0, &view, ERR));
    resizer waiting = {.map = map, .size = 10, .timeout_ms = -1};
    start_and_let_sleep(&waiting);
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, 50, 0, ERR));
    const int64_t begin = now_ms();
    assert_status(MMIO_ERR_TIMEOUT, mmio_map_resize(map, 50, 50, ERR));
    assert_true(now_ms() - begin >= 50);
    mmio_view_release(&view);
    (void)join_thread(waiting.thread);
    assert_ok(waiting.status);
    assert_int_equal(mmio_map_size(map), 10);
    mmio_map_close(map);
}

static void E3_every_way_to_hold_bytes_keeps_them(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 128);
    for (int way = 0; way < 3; way++) {
        mmio_view view = {0};
        mmio_walk walk = {0};
        if (way == 0) {
            assert_ok(mmio_view_acquire(map, 127, 1, 0, &view, ERR));
        } else if (way == 1) {
            assert_ok(mmio_atomic_acquire(map, 120, 1, 8, &view, ERR));
        } else {
            assert_ok(mmio_walk_begin(map, 1, 0, &walk, ERR));
        }
        assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, 64, 0, ERR));
        assert_status(MMIO_ERR_TIMEOUT, mmio_map_resize(map, 64, 1, ERR));
        assert_status(MMIO_ERR_DEADLOCK, mmio_map_resize(map, 64, -1, ERR));
        assert_int_equal(file_size("f"), 128);
        mmio_view_release(&view);
        mmio_walk_end(&walk);
        assert_ok(mmio_map_resize(map, 64, -1, ERR));
        assert_ok(mmio_map_resize(map, 128, 0, ERR));
    }
    mmio_map_close(map);
}

/* Resizes a map to the size it has, again and again, until it is shut down. */
static void *keep_size_body(void *argument)
{
    mmio_status status = MMIO_OK;
    while (status == MMIO_OK || status == MMIO_ERR_BUSY) {
        status = mmio_map_resize(argument, 4096, 0, NULL);
    }
    return (void *)(intptr_t)status;
}

static void E2_B13_a_resize_that_meets_a_shutdown_leaves_the_file_alone(void **state)
{
    (void)state;
    make_file("f", 4096, 'x');
    for (int round = 0; round < 2000; round++) {
        mmio_map *map = open_mode("f", MMIO_MODE_RW);
        uintptr_t threads[2];
        for (size_t i = 0; i < 2; i++) {
            start_thread(&threads[i], keep_size_body, map);
        }
        assert_ok(mmio_map_shutdown(map, ERR));
        for (size_t i = 0; i < 2; i++) {
            assert_status(MMIO_ERR_CLOSED, (mmio_status)(intptr_t)join_thread(threads[i]));
        }
        mmio_map_close(map);
        assert_int_equal(file_size("f"), 4096);
    }
}

/* Nobody waits for himself. What would hang is done by a child that an alarm ends. */

static void assert_ends(void (*body)(void))
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(5);
        body();
        _exit(0);
    }
    end_well(child);
}

static void grow_while_a_shrink_waits_for_my_view(void)
{
    mmio_map *map = anonymous_map(100);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 100, 0, &view, ERR));
    resizer waiting = {.map = map, .size = 10, .timeout_ms = -1};
    start_and_let_sleep(&waiting);
    const mmio_status status = mmio_map_resize(map, 200, -1, ERR);
    assert_true(status == MMIO_OK || status == MMIO_ERR_BUSY || status == MMIO_ERR_DEADLOCK);
    mmio_view_release(&view);
    (void)join_thread(waiting.thread);
    mmio_map_close(map);
}

static void D7_E2_growing_under_a_view_that_a_shrink_waits_for_ends(void **state)
{
    (void)state;
    assert_ends(grow_while_a_shrink_waits_for_my_view);
}

static void shrink_while_a_shrink_waits_for_my_view(void)
{
    mmio_map *map = anonymous_map(100);
    mmio_view view;
    resizer other = {.map = map, .size = 10, .timeout_ms = -1};
    assert_ok(mmio_view_acquire(map, 0, 100, 0, &view, ERR));
    start_and_let_sleep(&other);
    const mmio_status status = mmio_map_resize(map, 20, -1, ERR);
    assert_true(status == MMIO_ERR_BUSY || status == MMIO_ERR_DEADLOCK);
    mmio_view_release(&view);
    (void)join_thread(other.thread);
    mmio_map_close(map);
}

static void D7_shrinking_under_a_view_that_a_shrink_waits_for_ends(void **state)
{
    (void)state;
    assert_ends(shrink_while_a_shrink_waits_for_my_view);
}

static int32_t shrink_from_inside(uint64_t done, uint64_t total, void *user)
{
    (void)done;
    (void)total;
    mmio_map *map = user;
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, 10, 0, ERR));
    assert_status(MMIO_ERR_DEADLOCK, mmio_map_resize(map, 10, -1, ERR));
    assert_ok(mmio_map_resize(map, 200000, 0, ERR));
    return 0;
}

static void D7_shrinking_what_the_caller_is_touching_is_a_deadlock(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(100000);
    assert_ok(mmio_map_touch(map, 0, 100000, 0, shrink_from_inside, map, ERR));
    assert_int_equal(mmio_map_size(map), 200000);
    mmio_map_close(map);
}

typedef struct visitor {
    resizer own;
    _Atomic bool has_ended; /* Its resize has. */
} visitor;

static void *acquire_body(void *argument)
{
    resizer *r = argument;
    assert_ok(mmio_view_acquire(r->map, 0, 100, 0, &r->view, NULL));
    return NULL;
}

static void *visit_body(void *argument)
{
    visitor *v = argument;
    (void)resize_body(&v->own);
    atomic_store(&v->has_ended, true);
    return NULL;
}

static void E3_a_view_of_a_thread_that_ended_is_nobodys_own(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(100);
    resizer gone = {.map = map};
    start_thread(&gone.thread, acquire_body, &gone);
    (void)join_thread(gone.thread);
    /* Another thread must not take the view for its own: this one here will release it. */
    visitor v = {.own = {.map = map, .size = 10, .timeout_ms = -1}};
    start_thread(&v.own.thread, visit_body, &v);
    while (!atomic_load(&v.has_ended) &&
           !is_in_system_call(atomic_load(&v.own.number), SYS_futex)) {
    }
    mmio_view_release(&gone.view);
    (void)join_thread(v.own.thread);
    assert_ok(v.own.status);
    mmio_map_close(map);
}

/* Views block nobody. */

typedef struct holder {
    mmio_map *map;
    mmio_view views[2];
    _Atomic bool is_holding;
    _Atomic bool is_over;
    uintptr_t thread;
} holder;

static void *hold_body(void *argument)
{
    holder *h = argument;
    assert_ok(mmio_view_acquire(h->map, 0, 10000, 0, &h->views[0], NULL));
    assert_ok(mmio_view_acquire(h->map, 0, 10000, MMIO_VIEW_WRITE, &h->views[1], NULL));
    atomic_store(&h->is_holding, true);
    while (!atomic_load(&h->is_over)) {
    }
    mmio_view_release(&h->views[0]);
    mmio_view_release(&h->views[1]);
    return NULL;
}

static void C2_views_of_another_thread_block_nothing_but_their_shrinking(void **state)
{
    (void)state;
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 10000);
    options.reserve = 64 << 10;
    mmio_map *map;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    holder h = {.map = map};
    start_thread(&h.thread, hold_body, &h);
    while (!atomic_load(&h.is_holding)) {
    }
    char bytes[3];
    mmio_view view;
    mmio_walk walk;
    uint64_t found;
    assert_ok(mmio_map_write_within(map, 0, "abc", 3, 0, ERR));
    assert_ok(mmio_map_read_within(map, 0, bytes, 3, 0, ERR));
    assert_ok(mmio_map_fill(map, 3, 3, 'd', ERR));
    assert_ok(mmio_map_copy(map, 0, map, 6, 3, ERR));
    assert_ok(mmio_map_find(map, 0, 100, "c", 1, &found, ERR));
    assert_ok(mmio_view_acquire(map, 0, 10000, MMIO_VIEW_WRITE, &view, ERR));
    mmio_view_release(&view);
    assert_ok(mmio_walk_begin(map, 100, MMIO_VIEW_WRITE, &walk, ERR));
    mmio_walk_end(&walk);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_touch(map, 0, 10000, 0, NULL, NULL, ERR));
    assert_ok(mmio_map_advise(map, 0, 10000, MMIO_ADVICE_DONT_NEED, ERR));
    assert_ok(mmio_map_evict(map, 0, 10000, ERR));
    assert_ok(mmio_map_resize(map, 60000, 0, ERR));
    assert_ok(mmio_map_resize(map, 10000, 0, ERR));
    assert_ok(mmio_map_resize(map, 1 << 20, 0, ERR)); /* Moves the map. */
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, 9999, 0, ERR));
    assert_memory_equal(h.views[0].data, "abcdddabc", 9);
    assert_memory_equal(h.views[1].data, "abcdddabc", 9);
    atomic_store(&h.is_over, true);
    (void)join_thread(h.thread);
    mmio_map_close(map);
}

/* Copies. */

typedef struct copier {
    mmio_map *map;
    uint64_t size;
    int tag;
    _Atomic bool is_over;
    _Atomic uint64_t done;
    _Atomic uint64_t wrong;
    uintptr_t thread;
} copier;

/* All are joined before anything is judged: a failing test leaves no thread behind. */
static void end_all(copier *copiers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        atomic_store(&copiers[i].is_over, true);
        (void)join_thread(copiers[i].thread);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(atomic_load(&copiers[i].wrong), 0);
    }
}

static void *try_read_body(void *argument)
{
    copier *c = argument;
    char *bytes = malloc(c->size);
    while (bytes != NULL && !atomic_load(&c->is_over)) {
        const mmio_status status = mmio_map_read_within(c->map, 0, bytes, c->size, 0, NULL);
        atomic_fetch_add(&c->wrong, status != MMIO_OK);
        atomic_fetch_add(&c->done, 1);
    }
    free(bytes);
    return NULL;
}

static void D2_readers_are_never_in_each_others_way(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 1 << 20);
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR)); /* From now on reads look out for writes. */
    copier readers[2] = {{.map = map, .size = 1 << 20}, {.map = map, .size = 64}};
    for (size_t i = 0; i < 2; i++) {
        start_thread(&readers[i].thread, try_read_body, &readers[i]);
    }
    while (atomic_load(&readers[0].done) < 500 || atomic_load(&readers[1].done) < 5000) {
    }
    end_all(readers, 2);
    mmio_map_close(map);
}

/* Changes the range as a whole, in one of the ways there are. */
static void *change_body(void *argument)
{
    copier *c = argument;
    mmio_map *source = anonymous_map(c->size);
    char *bytes = malloc(c->size);
    assert_non_null(bytes);
    for (uint64_t n = 0; !atomic_load(&c->is_over); n++) {
        const int value = (int)(n % 100 + 1);
        mmio_io entry = {.size = c->size, .data = memset(bytes, value, c->size)};
        mmio_status status = MMIO_OK;
        switch (c->tag) {
        case 0:
            status = mmio_map_fill(c->map, 0, c->size, (uint32_t)value, NULL);
            break;
        case 1:
            status = mmio_map_zero(c->map, 0, c->size, NULL);
            break;
        case 2:
            status = mmio_map_write_batch(c->map, &entry, 1, NULL);
            break;
        default:
            status = mmio_map_fill(source, 0, c->size, (uint32_t)value, NULL);
            status =
                status == MMIO_OK ? mmio_map_copy(source, 0, c->map, 0, c->size, NULL) : status;
            break;
        }
        atomic_fetch_add(&c->wrong, status != MMIO_OK);
        atomic_fetch_add(&c->done, 1);
    }
    free(bytes);
    mmio_map_close(source);
    return NULL;
}

static void *read_batch_body(void *argument)
{
    copier *c = argument;
    char *bytes = malloc(c->size);
    while (bytes != NULL && !atomic_load(&c->is_over)) {
        mmio_io entry = {.size = c->size, .data = bytes};
        const mmio_status status = mmio_map_read_batch(c->map, &entry, 1, NULL);
        atomic_fetch_add(&c->wrong,
                         status != MMIO_OK || memcmp(bytes, bytes + 1, c->size - 1) != 0);
        atomic_fetch_add(&c->done, 1);
    }
    free(bytes);
    return NULL;
}

static void D2_D3_D4_reads_see_no_half_of_a_fill_zero_copy_or_batch(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(1 << 20);
    copier copiers[5] = {0};
    for (int i = 0; i < 5; i++) {
        copiers[i].map = map;
        copiers[i].size = 150000;
        copiers[i].tag = i;
        start_thread(&copiers[i].thread, i < 4 ? change_body : read_batch_body, &copiers[i]);
    }
    for (size_t i = 0; i < 5; i++) {
        while (atomic_load(&copiers[i].done) < 100) {
        }
    }
    end_all(copiers, 5);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(C2_views_of_another_thread_block_nothing_but_their_shrinking),
        IN_DIRECTORY(D2_readers_are_never_in_each_others_way),
        IN_DIRECTORY(D2_D3_D4_reads_see_no_half_of_a_fill_zero_copy_or_batch),
        IN_DIRECTORY(D7_a_resize_waits_for_another_no_longer_than_it_was_told),
        IN_DIRECTORY(D7_E2_growing_under_a_view_that_a_shrink_waits_for_ends),
        IN_DIRECTORY(D7_shrinking_under_a_view_that_a_shrink_waits_for_ends),
        IN_DIRECTORY(D7_shrinking_what_the_caller_is_touching_is_a_deadlock),
        IN_DIRECTORY(E2_B13_a_resize_that_meets_a_shutdown_leaves_the_file_alone),
        IN_DIRECTORY(E3_D7_a_deadline_is_kept_neither_early_nor_late),
        IN_DIRECTORY(E3_every_way_to_hold_bytes_keeps_them),
        IN_DIRECTORY(E3_a_view_of_a_thread_that_ended_is_nobodys_own),
    };
    return cmocka_run_group_tests_name("contract: waiting", tests, NULL, NULL);
}
