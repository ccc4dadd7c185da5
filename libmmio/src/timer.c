/* SPDX-License-Identifier: Apache-2.0 */
#include "timer.h"

#include <string.h>

#include "base/memory.h"
#include "flush.h"
#include "os/os.h"
#include "system.h"

#define FIRST_CAPACITY 64u

/* Guards all of the below, and the maps' is_timed, timer_place and timer_due_ns. */
static mmio__lock timer_lock;
/* Armed maps; the one that is due first is at 1. */
static mmio_map **heap;
static size_t heap_count;
static size_t heap_capacity; /* Room for all that joined. */
static size_t joined_maps;
static bool timer_is_running;
static const mmio_map *flushing;
/* Changes whenever the thread, or who waits for it, should look again. */
static _Atomic uint32_t changes;

static void wake_timer(void)
{
    atomic_fetch_add(&changes, 1);
    mmio__os_wake_all(&changes);
}

/* The heap. */

static void place_in_heap(mmio_map *map, size_t at)
{
    heap[at] = map;
    map->timer_place = at;
}

static void sift_up(mmio_map *map, size_t at)
{
    while (at > 1 && heap[at / 2]->timer_due_ns > map->timer_due_ns) {
        place_in_heap(heap[at / 2], at);
        at /= 2;
    }
    place_in_heap(map, at);
}

static void sift_down(mmio_map *map, size_t at)
{
    for (size_t child = 2 * at; child <= heap_count; child = 2 * at) {
        if (child < heap_count && heap[child + 1]->timer_due_ns < heap[child]->timer_due_ns) {
            child++;
        }
        if (heap[child]->timer_due_ns >= map->timer_due_ns) {
            break;
        }
        place_in_heap(heap[child], at);
        at = child;
    }
    place_in_heap(map, at);
}

static void heap_remove(mmio_map *map)
{
    const size_t at = map->timer_place;
    mmio_map *last = heap[heap_count--];
    map->timer_place = 0;
    if (last != map) {
        sift_up(last, at);
        sift_down(last, last->timer_place);
    }
}

static bool make_room_in_heap(void)
{
    if (joined_maps < heap_capacity) {
        return true;
    }
    const size_t capacity = heap_capacity != 0 ? 2 * heap_capacity : FIRST_CAPACITY;
    mmio_map **longer = mmio__allocate((capacity + 1) * sizeof(mmio_map *));
    if (longer == NULL) {
        return false;
    }
    if (heap != NULL) {
        memcpy(longer, heap, (heap_count + 1) * sizeof(mmio_map *));
        mmio__free(heap);
    }
    heap = longer;
    heap_capacity = capacity;
    return true;
}

static void arm_locked(mmio_map *map)
{
    const uint64_t ms = atomic_load(&map->policy_amount);
    atomic_store(&map->is_armed, 1);
    map->timer_due_ns = mmio__deadline_after(ms <= INT64_MAX ? (int64_t)ms : -1);
    heap_count++;
    sift_up(map, heap_count);
}

/* The thread. */

/* With the lock held, which it gives up while it flushes. The map cannot go meanwhile: it is in the
 * heap until it is held. */
static void flush_first(void)
{
    mmio_map *map = heap[1];
    const mmio__call quiet = {"timer", NULL, NULL};
    mmio__hold file;
    heap_remove(map);
    /* Before the flush: what is written from now on arms it anew. */
    atomic_store(&map->is_armed, 0);
    const mmio_status status = mmio__hold_file(&quiet, map, &file);
    if (status == MMIO_ERR_NO_MEMORY) {
        arm_locked(map); /* Nothing is lost: it is still pending. */
    }
    if (status != MMIO_OK) {
        return; /* Else it is being closed. */
    }
    flushing = map;
    mmio__unlock(&timer_lock);

    if (mmio_map_pending(map) != 0 && mmio__flush_map(map, MMIO__OS_FLUSH_DATA) != 0) {
        (void)mmio__timer_arm(map);
    }
    mmio__hold_release(&file);

    mmio__lock_take(&timer_lock);
    flushing = NULL;
    wake_timer();
}

static void run_timer(void *argument)
{
    (void)argument;
    mmio__lock_take(&timer_lock);
    while (joined_maps != 0) {
        const uint32_t seen = atomic_load(&changes);
        const int64_t due = heap_count != 0 ? heap[1]->timer_due_ns : INT64_MAX;
        if (due <= mmio__os_now_ns()) {
            flush_first();
            continue;
        }
        mmio__unlock(&timer_lock);
        mmio__os_wait(&changes, seen, due);
        mmio__lock_take(&timer_lock);
    }
    timer_is_running = false;
    mmio__unlock(&timer_lock);
}

/* With the lock held. */
static int32_t keep_running(void)
{
    if (timer_is_running) {
        return 0;
    }
    const int32_t code = mmio__os_thread_start("mmio-timer", run_timer, NULL);
    timer_is_running = code == 0;
    return code;
}

static mmio_status join_locked(const mmio__call *call, mmio_map *map)
{
    if (!make_room_in_heap()) {
        return mmio__fail(call, MMIO_ERR_NO_MEMORY, "no memory for the timer");
    }
    const int32_t code = keep_running();
    if (code != 0) {
        return mmio__fail_system(call, code, "cannot start the timer's thread");
    }
    joined_maps++;
    map->is_timed = true;
    return MMIO_OK;
}

mmio_status mmio__timer_join(const mmio__call *call, mmio_map *map)
{
    mmio__lock_take(&timer_lock);
    const mmio_status status = join_locked(call, map);
    mmio__unlock(&timer_lock);
    return status;
}

/* With the lock held. */
static void disarm(mmio_map *map)
{
    if (map->timer_place != 0) {
        heap_remove(map);
    }
    atomic_store(&map->is_armed, 0);
    map->is_timed = false;
}

void mmio__timer_leave(mmio_map *map)
{
    mmio__lock_take(&timer_lock);
    disarm(map);
    MMIO_ASSERT(joined_maps != 0);
    joined_maps--;
    if (joined_maps == 0) {
        wake_timer();
    }
    mmio__unlock(&timer_lock);
}

void mmio__timer_resume(mmio_map *map)
{
    mmio__lock_take(&timer_lock);
    map->is_timed = true;
    mmio__unlock(&timer_lock);
    (void)mmio__timer_arm(map);
}

void mmio__timer_pause(mmio_map *map)
{
    mmio__lock_take(&timer_lock);
    disarm(map);
    mmio__unlock(&timer_lock);
    for (;;) {
        mmio__lock_take(&timer_lock);
        const uint32_t seen = atomic_load(&changes);
        const bool is_flushing = flushing == map;
        mmio__unlock(&timer_lock);
        if (!is_flushing) {
            return;
        }
        mmio__os_wait(&changes, seen, MMIO__NO_DEADLINE);
    }
}

/* With the lock held. */
static bool arm_map(mmio_map *map)
{
    if (!map->is_timed || map->timer_place != 0) {
        return true;
    }
    /* After a fork() it is not. */
    if (keep_running() != 0) {
        return false;
    }
    arm_locked(map);
    if (map->timer_place == 1) {
        wake_timer();
    }
    return true;
}

bool mmio__timer_arm(mmio_map *map)
{
    /* An exchange, so that what was recorded before is seen by a flush that begins after. */
    if (atomic_fetch_or(&map->is_armed, 0) != 0) {
        return true;
    }
    mmio__lock_take(&timer_lock);
    const bool is_served = arm_map(map);
    mmio__unlock(&timer_lock);
    return is_served;
}

void mmio__timer_before_fork(void)
{
    mmio__lock_take(&timer_lock);
}

void mmio__timer_after_fork(void)
{
    mmio__unlock(&timer_lock);
}

/* The thread stayed with the parent, which goes on flushing what was armed; the first map to be
 * armed here starts one again. */
void mmio__timer_forked(void)
{
    while (heap_count != 0) {
        mmio_map *map = heap[heap_count];
        map->timer_place = 0;
        atomic_store(&map->is_armed, 0);
        heap_count--;
    }
    flushing = NULL;
    timer_is_running = false;
    mmio__unlock(&timer_lock);
}
