/* SPDX-License-Identifier: Apache-2.0 */
/* F7: threads that flush one map at the same time. */
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "children.h"
#include "support.h"

enum { WAITERS = 8 };

/* So much that the device needs a while. */
#define FILE_SIZE (32u << 20)

typedef struct flusher {
    mmio_map *map;
    uint32_t level;
    uint64_t offset;
    _Atomic int number;
    _Atomic bool has_ended;
    mmio_status status;
    uintptr_t thread;
} flusher;

static void *write_and_flush(void *argument)
{
    flusher *f = argument;
    atomic_store(&f->number, thread_id());
    f->status = mmio_map_write(f->map, f->offset, "w", 1, NULL);
    if (f->status == MMIO_OK) {
        f->status = mmio_map_flush(f->map, f->level, NULL);
    }
    atomic_store(&f->has_ended, true);
    return NULL;
}

static void start(flusher *f, mmio_map *map, uint32_t level, uint64_t offset)
{
    *f = (flusher){.map = map, .level = level, .offset = offset};
    start_thread(&f->thread, write_and_flush, f);
}

static void end(flusher *f)
{
    (void)join_thread(f->thread);
    assert_ok(f->status);
}

static bool is_in(const flusher *f, long system_call)
{
    return is_in_system_call(atomic_load(&f->number), system_call);
}

/* Until it waits for the device; false if it has ended. */
static bool await_device(flusher *f)
{
    while (!is_in(f, SYS_fdatasync) && !atomic_load(&f->has_ended)) {
    }
    return is_in(f, SYS_fdatasync);
}

/* Where it sleeps without a time-out, which who waits for a lock of the library does not; or 0. */
static unsigned long waiting_place(const flusher *f)
{
    char name[64];
    (void)snprintf(name, sizeof name, "/proc/self/task/%d/syscall", atomic_load(&f->number));
    FILE *file = fopen(name, "r");
    if (file == NULL) {
        return 0;
    }
    long number;
    unsigned long arguments[4];
    const int count = fscanf(file, "%ld %lx %lx %lx %lx", &number, &arguments[0], &arguments[1],
                             &arguments[2], &arguments[3]);
    (void)fclose(file);
    return count == 5 && number == SYS_futex && arguments[3] == 0 ? arguments[0] : 0;
}

/* Until all wait for others, which is at one place; false if the first one ended before. */
static bool await_waiters(flusher *first, const flusher *waiters, int count)
{
    int waiting = 0;
    while (waiting < count && is_in(first, SYS_fdatasync)) {
        const unsigned long place = waiting_place(&waiters[0]);
        for (waiting = 0; waiting < count; waiting++) {
            if (place == 0 || waiting_place(&waiters[waiting]) != place) {
                break;
            }
        }
    }
    return waiting == count && is_in(first, SYS_fdatasync);
}

static uint64_t flushes_of(mmio_map *map)
{
    const mmio_map_info info = info_of(map);
    return info.flushes;
}

/* One flush on its way, and behind it WAITERS of one level each. False if the first was too quick
 * for that. `look` may watch them. */
static bool flush_together(mmio_map *map, const uint32_t *waiting_levels,
                           void (*look)(mmio_map *map, flusher *waiters))
{
    flusher first;
    flusher waiters[WAITERS];
    assert_ok(mmio_map_fill(map, 0, FILE_SIZE, 'a', ERR));
    start(&first, map, MMIO_FLUSH_DATA, 0);
    bool is_in_time = await_device(&first);
    for (uint64_t i = 0; i < WAITERS; i++) {
        start(&waiters[i], map, waiting_levels[i], (i + 1) << 20);
    }
    is_in_time = is_in_time && await_waiters(&first, waiters, WAITERS);
    if (is_in_time && look != NULL) {
        look(map, waiters);
    }
    end(&first);
    for (int i = 0; i < WAITERS; i++) {
        end(&waiters[i]);
    }
    return is_in_time;
}

static void F7_all_who_wait_cost_one_flush_more(void **state)
{
    (void)state;
    const uint32_t all_data[WAITERS] = {MMIO_FLUSH_DATA};
    mmio_map *map = create_map("f", FILE_SIZE);
    uint64_t before;
    bool is_in_time;
    do {
        before = flushes_of(map);
        is_in_time = flush_together(map, all_data, NULL);
        assert_true(flushes_of(map) <= before + 1 + WAITERS);
        /* What each of them wrote was flushed. */
        assert_int_equal(unwritten_pages("f"), 0);
        assert_int_equal(mmio_map_pending(map), 0);
    } while (!is_in_time);
    assert_int_equal(flushes_of(map), before + 2);
    mmio_map_close(map);
}

static bool was_full;
static bool was_data;

/* Who flushes for all, and how. */
static void watch_the_second(mmio_map *map, flusher *waiters)
{
    /* For it to be long, too. */
    assert_ok(mmio_map_fill(map, 0, FILE_SIZE, 'b', ERR));
    for (int i = 0; i < WAITERS; i++) {
        while (!atomic_load(&waiters[i].has_ended)) {
            for (int each = 0; each < WAITERS; each++) {
                was_full = was_full || is_in(&waiters[each], SYS_fsync);
                was_data = was_data || is_in(&waiters[each], SYS_fdatasync);
            }
        }
    }
}

static void F7_one_who_wants_more_gets_it_for_all(void **state)
{
    (void)state;
    const uint32_t one_full[WAITERS] = {MMIO_FLUSH_DATA, MMIO_FLUSH_DATA, MMIO_FLUSH_DATA,
                                        MMIO_FLUSH_FULL};
    mmio_map *map = create_map("f", FILE_SIZE);
    was_full = false;
    was_data = false;
    while (!was_full) {
        (void)flush_together(map, one_full, watch_the_second);
        assert_false(was_data);
    }
    mmio_map_close(map);
}

static void F7_each_waiter_alone_flushes_for_himself(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 1 << 20);
    for (int i = 0; i < 10; i++) {
        const uint64_t before = flushes_of(map);
        assert_ok(mmio_map_flush(map, i % 2 == 0 ? MMIO_FLUSH_DATA : MMIO_FLUSH_FULL, ERR));
        assert_int_equal(flushes_of(map), before + 1);
    }
    mmio_map_close(map);
}

enum { TURNS = 200 };

typedef struct writer {
    mmio_map *map;
    uint64_t offset;
    uint64_t succeeded;
    mmio_status last;
    uintptr_t thread;
} writer;

static void *write_by_turns(void *argument)
{
    writer *w = argument;
    for (int i = 0; i < TURNS && w->last == MMIO_OK; i++) {
        w->last = mmio_map_write(w->map, w->offset, &i, sizeof i, NULL);
        w->succeeded += w->last == MMIO_OK;
    }
    return NULL;
}

static void start_writers(writer *writers, mmio_map *map)
{
    for (uint64_t i = 0; i < WAITERS; i++) {
        writers[i] = (writer){.map = map, .offset = i << 17};
        start_thread(&writers[i].thread, write_by_turns, &writers[i]);
    }
}

static void F7_writers_under_a_policy_share_flushes(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 1 << 20);
    assert_ok(mmio_map_set_policy(map, MMIO_POLICY_ALWAYS, 0, ERR));
    writer writers[WAITERS];
    start_writers(writers, map);
    for (int i = 0; i < WAITERS; i++) {
        (void)join_thread(writers[i].thread);
        assert_int_equal(writers[i].succeeded, TURNS);
    }
    assert_true(flushes_of(map) >= TURNS);
    assert_true(flushes_of(map) < WAITERS * TURNS * 3 / 4);
    assert_int_equal(mmio_map_pending(map), 0);
    assert_int_equal(unwritten_pages("f"), 0);
    mmio_map_close(map);
}

static void F7_shutting_down_lets_everybody_go(void **state)
{
    (void)state;
    make_file("f", 1 << 20, 'x');
    for (int round = 0; round < 20; round++) {
        mmio_map *map = open_mode("f", MMIO_MODE_RW);
        assert_ok(mmio_map_set_policy(map, MMIO_POLICY_ALWAYS, 0, ERR));
        writer writers[WAITERS];
        start_writers(writers, map);
        while (flushes_of(map) < 10) {
        }
        assert_ok(mmio_map_shutdown(map, ERR));
        for (int i = 0; i < WAITERS; i++) {
            (void)join_thread(writers[i].thread);
            assert_true(writers[i].last == MMIO_OK || writers[i].last == MMIO_ERR_CLOSED);
        }
        mmio_map_close(map);
    }
}

static bool fork_during_a_flush(mmio_map *map)
{
    flusher first;
    assert_ok(mmio_map_fill(map, 0, FILE_SIZE, 'a', ERR));
    start(&first, map, MMIO_FLUSH_DATA, 0);
    const bool is_in_time = await_device(&first);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        _exit(mmio_map_flush(map, MMIO_FLUSH_DATA, NULL) == MMIO_OK &&
                      mmio_map_flush_range(map, 0, 1, MMIO_FLUSH_DATA, NULL) == MMIO_OK
                  ? 0
                  : 1);
    }
    end_well(child);
    end(&first);
    return is_in_time;
}

static void F7_B12_a_child_does_not_wait_for_its_parents_flushes(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", FILE_SIZE);
    while (!fork_during_a_flush(map)) {
    }
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(F7_all_who_wait_cost_one_flush_more),
        IN_DIRECTORY(F7_one_who_wants_more_gets_it_for_all),
        IN_DIRECTORY(F7_each_waiter_alone_flushes_for_himself),
        IN_DIRECTORY(F7_writers_under_a_policy_share_flushes),
        IN_DIRECTORY(F7_shutting_down_lets_everybody_go),
        IN_DIRECTORY(F7_B12_a_child_does_not_wait_for_its_parents_flushes),
    };
    return cmocka_run_group_tests_name("contract F7: flushing together", tests, NULL, NULL);
}
