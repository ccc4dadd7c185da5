/* SPDX-License-Identifier: Apache-2.0 */
/* B12: what a child process made by fork() can do with its parent's maps. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "support.h"

/* Run in a child, whose exit code says whether all went well; a hang ends by alarm. */
static void in_child(void (*body)(mmio_map *map, mmio_view *view), mmio_map *map, mmio_view *view)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        body(map, view);
        _exit(0);
    }
    end_well(child);
}

static void use_all(mmio_map *map, mmio_view *view)
{
    char bytes[3];
    mmio_view own;
    need(mmio_map_read(map, 0, bytes, 3, NULL) == MMIO_OK && memcmp(bytes, "abc", 3) == 0);
    need(memcmp(view->data, "abc", 3) == 0);
    need(mmio_map_write(map, 10, "def", 3, NULL) == MMIO_OK);
    need(mmio_map_resize(map, 300000, -1, NULL) == MMIO_OK);
    need(mmio_view_acquire(map, 200000, 10, 0, &own, NULL) == MMIO_OK);
    mmio_view_release(&own);
    need(mmio_map_flush(map, MMIO_FLUSH_DATA, NULL) == MMIO_OK);
    mmio_view_release(view);
    need(mmio_map_resize(map, 100000, -1, NULL) == MMIO_OK);
    mmio_map_close(map);
    mmio_map *fresh = NULL;
    need(mmio_map_open("f", NULL, &fresh, NULL) == MMIO_OK);
    need(mmio_map_size(fresh) == 100000);
    mmio_map_close(fresh);
}

static void B12_a_child_uses_and_closes_what_it_inherited(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100000);
    mmio_view view;
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    assert_ok(mmio_view_acquire(map, 0, 100000, 0, &view, ERR));
    in_child(use_all, map, &view);
    /* The parent's side is as it was. */
    char bytes[3];
    assert_ok(mmio_map_read(map, 10, bytes, 3, ERR));
    assert_memory_equal(bytes, "def", 3);
    assert_memory_equal(view.data, "abc", 3);
    mmio_view_release(&view);
    mmio_map_close(map);
}

/* Holds a view until told to go. */
typedef struct holder {
    mmio_map *map;
    mmio_view view;
    _Atomic bool is_holding;
    _Atomic bool is_over;
} holder;

static void *hold_view(void *argument)
{
    holder *h = argument;
    if (mmio_view_acquire(h->map, 50000, 50000, 0, &h->view, NULL) == MMIO_OK) {
        h->is_holding = true;
    }
    while (!h->is_over) {
    }
    mmio_view_release(&h->view);
    return NULL;
}

static void shrink_under_a_lost_view(mmio_map *map, mmio_view *view)
{
    /* The thread that could release it is not here, so waiting has no end. */
    need(mmio_map_resize(map, 10, -1, NULL) == MMIO_ERR_DEADLOCK);
    need(mmio_map_resize(map, 10, 0, NULL) == MMIO_ERR_BUSY);
    mmio_view_release(view);
    need(mmio_map_resize(map, 10, -1, NULL) == MMIO_OK);
    need(mmio_map_resize(map, 100000, -1, NULL) == MMIO_OK);
}

static void leave_to_a_grandchild(mmio_map *map, mmio_view *view)
{
    const pid_t child = fork();
    need(child >= 0);
    if (child == 0) {
        shrink_under_a_lost_view(map, view);
        _exit(0);
    }
    int outcome = -1;
    need(waitpid(child, &outcome, 0) == child && outcome == 0);
}

static void B12_views_of_threads_that_stayed_behind_are_no_dead_end(void **state)
{
    (void)state;
    holder h = {.map = create_map("f", 100000)};
    uintptr_t thread;
    start_thread(&thread, hold_view, &h);
    while (!h.is_holding) {
    }
    in_child(shrink_under_a_lost_view, h.map, &h.view);
    in_child(leave_to_a_grandchild, h.map, &h.view);
    h.is_over = true;
    join_thread(thread);
    mmio_map_close(h.map);
}

/* Keeps locks of the map busy while others fork. */
static void *churn(void *argument)
{
    holder *h = argument;
    char bytes[70000] = {0};
    while (!h->is_over) {
        (void)mmio_map_write(h->map, 0, bytes, sizeof bytes, NULL);
        (void)mmio_map_resize(h->map, 90000, 0, NULL);
        (void)mmio_map_resize(h->map, 100000, 0, NULL);
        mmio_map *other = NULL;
        if (mmio_map_open("f", NULL, &other, NULL) == MMIO_OK) {
            mmio_map_close(other);
        }
        h->is_holding = true;
    }
    return NULL;
}

static void use_some(mmio_map *map, mmio_view *view)
{
    (void)view;
    char bytes[80000];
    need(mmio_map_read(map, 0, bytes, sizeof bytes, NULL) == MMIO_OK);
    need(mmio_map_write(map, 0, bytes, sizeof bytes, NULL) == MMIO_OK);
    mmio_map *other = NULL;
    need(mmio_map_open("f", NULL, &other, NULL) == MMIO_OK);
    mmio_map_close(other);
    mmio_map_close(map);
}

static void B12_a_fork_in_the_middle_of_anything_deadlocks_nothing(void **state)
{
    (void)state;
    holder h = {.map = create_map("f", 100000)};
    uintptr_t thread;
    start_thread(&thread, churn, &h);
    while (!h.is_holding) {
    }
    for (int i = 0; i < 200; i++) {
        in_child(use_some, h.map, NULL);
    }
    h.is_over = true;
    join_thread(thread);
    mmio_map_close(h.map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(B12_a_child_uses_and_closes_what_it_inherited),
        IN_DIRECTORY(B12_views_of_threads_that_stayed_behind_are_no_dead_end),
        IN_DIRECTORY(B12_a_fork_in_the_middle_of_anything_deadlocks_nothing),
    };
    return cmocka_run_group_tests_name("contract B12: fork", tests, NULL, NULL);
}
