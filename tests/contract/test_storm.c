/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All at once: resizing, reading, writing, views that outlive their threads, closing, watching,
 * queues, and forks.
 *
 * MMIO_STORM_SECONDS says for how long, MMIO_STORM_LEAST how many resizes must have been done.
 */
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dice.h"
#include "support.h"

/* Blocks with odd numbers are written, each with one value. The others are looked at, and 0. */
#define BLOCK 64
#define BLOCKS_LEAST 2
#define BLOCKS_MOST 2048
#define RESERVE (BLOCKS_MOST * BLOCK)

static mmio_map *maps[2]; /* Of the file "f", and of nothing. */

typedef struct worker {
    const char *name;
    void (*act)(struct worker *w);
    dice chance;
    uint64_t done;
    uint64_t wrong;
    mmio_status first_wrong;
    _Atomic bool is_over;
    uintptr_t thread;
} worker;

static mmio_map *some_map(worker *w)
{
    return maps[throw_below(&w->chance, 2)];
}

/* Most lie where the map seldom ends, so that resizes seldom wait. */
static uint64_t some_block(worker *w, uint64_t kind)
{
    const uint64_t blocks = throw_one_in(&w->chance, 64) ? BLOCKS_MOST : BLOCKS_MOST / 2;
    return (throw_below(&w->chance, blocks / 2) * 2 + kind) * BLOCK;
}

static void expect(worker *w, bool is_right, mmio_status status)
{
    if (!is_right && w->wrong++ == 0) {
        w->first_wrong = status;
    }
}

/* True if it is done. */
static bool check(worker *w, mmio_status status, mmio_status other, mmio_status another)
{
    expect(w, status == MMIO_OK || status == other || status == another, status);
    w->done += status == MMIO_OK;
    return status == MMIO_OK;
}

/* Resizing. */

static void resize_some(worker *w)
{
    static const int64_t timeouts[] = {0, 1, 2, -1};
    const uint64_t least = throw_one_in(&w->chance, 256) ? BLOCKS_LEAST : BLOCKS_MOST / 2;
    const uint64_t blocks = least + throw_below(&w->chance, BLOCKS_MOST - least);
    const uint64_t size = throw_one_in(&w->chance, 1000) ? 2 * RESERVE : blocks * BLOCK;
    const int64_t timeout = timeouts[throw_below(&w->chance, 4)];
    (void)check(w, mmio_map_resize(some_map(w), size, timeout, NULL), MMIO_ERR_BUSY,
                MMIO_ERR_TIMEOUT);
}

/* Reading and writing. */

static bool is_uniform(const char *bytes)
{
    return memcmp(bytes, bytes + 1, BLOCK - 1) == 0;
}

static void read_some(worker *w)
{
    char bytes[BLOCK];
    const mmio_status status =
        mmio_map_read(some_map(w), some_block(w, 1), bytes, sizeof bytes, NULL);
    if (check(w, status, MMIO_ERR_RANGE, MMIO_ERR_RANGE)) {
        expect(w, is_uniform(bytes), status);
    }
}

static void write_some(worker *w)
{
    char bytes[BLOCK];
    memset(bytes, (int)throw_below(&w->chance, 256), sizeof bytes);
    mmio_map *map = some_map(w);
    const uint64_t offset = some_block(w, 1);
    const mmio_status status =
        throw_one_in(&w->chance, 2)
            ? mmio_map_write(map, offset, bytes, sizeof bytes, NULL)
            : mmio_map_write_within(map, offset, bytes, sizeof bytes, 1000, NULL);
    (void)check(w, status, MMIO_ERR_RANGE, MMIO_ERR_TIMEOUT);
}

/* Views. Some stay behind, and are released by whoever leaves the next one in that place. */

#define PLACES 4

static _Atomic(mmio_view *) places[PLACES];

static void release(mmio_view *view)
{
    mmio_view_release(view);
    free(view);
}

static void leave(worker *w, const mmio_view *view)
{
    mmio_view *left = malloc(sizeof *left);
    if (left == NULL) {
        abort();
    }
    *left = *view;
    mmio_view *earlier = atomic_exchange(&places[throw_below(&w->chance, PLACES)], left);
    if (earlier != NULL) {
        release(earlier);
    }
}

static bool hold_some(worker *w, mmio_view *view)
{
    const mmio_status status =
        mmio_view_acquire(some_map(w), some_block(w, 0), BLOCK, 0, view, NULL);
    if (!check(w, status, MMIO_ERR_RANGE, MMIO_ERR_RANGE)) {
        return false;
    }
    const volatile char *bytes = view->data;
    expect(w, bytes[0] == 0 && bytes[BLOCK - 1] == 0, status);
    return true;
}

static void view_some(worker *w)
{
    mmio_view view;
    if (hold_some(w, &view)) {
        if (throw_one_in(&w->chance, 16)) {
            leave(w, &view);
        } else {
            mmio_view_release(&view);
        }
    }
}

static void *leave_and_die(void *argument)
{
    mmio_view view;
    if (hold_some(argument, &view)) {
        leave(argument, &view);
    }
    return NULL;
}

static void die_with_view(worker *w)
{
    uintptr_t thread;
    start_thread(&thread, leave_and_die, w);
    (void)join_thread(thread);
}

/* Closing, while another thread has a reference of its own. */

static void *use_and_close(void *argument)
{
    mmio_map *map = argument;
    char bytes[BLOCK] = {0};
    bool is_right = true;
    for (int i = 0; i < 20; i++) {
        mmio_view view;
        is_right = is_right && mmio_map_write(map, 0, bytes, BLOCK, NULL) == MMIO_OK &&
                   mmio_map_resize(map, (uint64_t)(BLOCK + i), -1, NULL) == MMIO_OK &&
                   mmio_view_acquire(map, 0, BLOCK, 0, &view, NULL) == MMIO_OK;
        if (is_right) {
            mmio_view_release(&view);
        }
    }
    mmio_map_close(map);
    return is_right ? argument : NULL;
}

static void close_some(worker *w)
{
    const mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, BLOCK);
    mmio_map *map = NULL;
    if (check(w, mmio_map_open("closed", &options, &map, NULL), MMIO_OK, MMIO_OK)) {
        uintptr_t thread;
        start_thread(&thread, use_and_close, mmio_map_retain(map));
        char bytes[BLOCK];
        const mmio_status status = mmio_map_read(map, 0, bytes, BLOCK, NULL);
        mmio_map_close(map);
        expect(w, join_thread(thread) != NULL, status);
        expect(w, status == MMIO_OK, status);
    }
}

/* A watcher and a queue at work that end inside the watcher's callback. */

typedef struct listener {
    mmio_watcher *watcher;
    mmio_queue *queue;
    _Atomic int calls;
} listener;

static void MMIO_CALL close_inside(const mmio_watch_event *event, void *user)
{
    (void)event;
    listener *l = user;
    mmio_queue_close(l->queue);
    mmio_watcher_close(l->watcher);
    atomic_fetch_add(&l->calls, 1);
}

static void submit_some(worker *w, mmio_queue *queue)
{
    static const char bytes[BLOCK];
    for (int i = 0; i < 8; i++) {
        mmio_operation *operation = NULL;
        const mmio_status status =
            mmio_queue_write(queue, some_map(w), some_block(w, 1), bytes, BLOCK, MMIO_FLUSH_NONE,
                             i % 2 == 0 ? &operation : NULL, NULL);
        (void)check(w, status, MMIO_OK, MMIO_OK);
        mmio_operation_close(operation);
    }
}

static void watch_some(worker *w)
{
    listener l = {0};
    uint64_t watch;
    bool is_ready = mmio_queue_open(2, &l.queue, NULL) == MMIO_OK &&
                    mmio_watcher_open(&l.watcher, NULL) == MMIO_OK &&
                    mmio_watcher_add_path(l.watcher, "watched", &watch, NULL) == MMIO_OK &&
                    mmio_watcher_add_map(l.watcher, maps[0], &watch, NULL) == MMIO_OK;
    submit_some(w, l.queue);
    is_ready = is_ready &&
               mmio_watcher_set_callback(l.watcher, close_inside, &l, NULL) == MMIO_OK &&
               mmio_file_write("watched", 0, "x", 1, MMIO_FLUSH_NONE, NULL) == MMIO_OK;
    expect(w, is_ready, MMIO_ERR_IO);
    while (is_ready && atomic_load(&l.calls) == 0) {
        (void)sched_yield();
    }
    w->done++;
}

/* Processes that begin in the middle of all this. ThreadSanitizer knows no threads in them, and
 * AddressSanitizer's allocator may be locked for ever. */

#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
_Noreturn static void use_in_child(void)
{
    (void)alarm(30);
    char bytes[BLOCK];
    mmio_view view;
    for (int i = 0; i < 2; i++) {
        if (mmio_map_read(maps[i], 0, bytes, BLOCK, NULL) != MMIO_OK || !is_uniform(bytes) ||
            mmio_map_write(maps[i], 0, bytes, BLOCK, NULL) != MMIO_OK ||
            mmio_view_acquire(maps[i], 0, BLOCK, 0, &view, NULL) != MMIO_OK) {
            _exit(1);
        }
        mmio_view_release(&view);
        mmio_map_close(maps[i]);
    }
    _exit(0);
}

static void fork_some(worker *w)
{
    const pid_t process = fork();
    if (process == 0) {
        use_in_child();
    }
    int outcome = -1;
    const bool is_right = waitpid(process, &outcome, 0) == process && outcome == 0;
    expect(w, is_right, outcome);
    w->done += is_right;
}
#endif

/* All of it. Those that resize come first: they may wait for views that others must release. */

#define RESIZERS 4

static worker workers[] = {
    {.name = "resizes", .act = resize_some},
    {.name = "resizes", .act = resize_some},
    {.name = "resizes", .act = resize_some},
    {.name = "resizes", .act = resize_some},
    {.name = "reads", .act = read_some},
    {.name = "writes", .act = write_some},
    {.name = "views", .act = view_some},
    {.name = "views of dead threads", .act = die_with_view},
    {.name = "maps closed under use", .act = close_some},
    {.name = "watchers closed inside", .act = watch_some},
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
    {.name = "forks", .act = fork_some},
#endif
};

#define WORKERS (sizeof workers / sizeof workers[0])

static void *act_until_over(void *argument)
{
    worker *w = argument;
    while (!atomic_load(&w->is_over)) {
        w->act(w);
    }
    return NULL;
}

static void end(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        atomic_store(&workers[i].is_over, true);
    }
    for (size_t i = from; i < to; i++) {
        (void)join_thread(workers[i].thread);
    }
}

static uint64_t setting(const char *name, uint64_t usual)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : usual;
}

static void open_maps(void)
{
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, RESERVE);
    options.reserve = RESERVE;
    assert_ok(mmio_map_open("f", &options, &maps[0], ERR));
    const mmio_open_options anonymous = {.struct_size = sizeof anonymous, .reserve = RESERVE};
    assert_ok(mmio_map_anonymous(RESERVE, &anonymous, &maps[1], ERR));
    make_file("watched", 1, 'x');
}

static void close_maps(void)
{
    for (size_t i = 0; i < PLACES; i++) {
        mmio_view *view = atomic_exchange(&places[i], NULL);
        if (view != NULL) {
            release(view);
        }
    }
    mmio_map_close(maps[0]);
    mmio_map_close(maps[1]);
}

static void rage(uint64_t seconds)
{
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i].chance = (dice){.state = i};
        start_thread(&workers[i].thread, act_until_over, &workers[i]);
    }
    for (uint64_t left = seconds; left != 0;) {
        left = sleep((unsigned)left);
    }
    end(0, RESIZERS);
    end(RESIZERS, WORKERS);
}

static void E2_E3_C4_B12_B13_D2_I2_J1_threads_that_do_all_at_once_harm_nobody(void **state)
{
    (void)state;
    const uint64_t seconds = setting("MMIO_STORM_SECONDS", 3);
    open_maps();
    worker first = {.name = "first"};
    watch_some(&first); /* Watching keeps descriptors for the process. */
    const int descriptors = open_descriptors();
    rage(seconds);
    assert_int_equal(open_descriptors(), descriptors);
    close_maps();
    assert_int_equal(open_descriptors(), descriptors - 2);
    uint64_t resizes = 0;
    for (size_t i = 0; i < WORKERS; i++) {
        const worker *w = &workers[i];
        resizes += i < RESIZERS ? w->done : 0;
        print_message("storm: %llu %s\n", (unsigned long long)w->done, w->name);
        assert_status(MMIO_OK, w->first_wrong);
        assert_int_equal(w->wrong, 0);
        assert_int_not_equal(w->done, 0);
    }
    print_message("storm: %llu resizes in %llu s\n", (unsigned long long)resizes,
                  (unsigned long long)seconds);
    assert_true(resizes >= setting("MMIO_STORM_LEAST", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(E2_E3_C4_B12_B13_D2_I2_J1_threads_that_do_all_at_once_harm_nobody),
    };
    return cmocka_run_group_tests_name("contract storm", tests, NULL, NULL);
}
