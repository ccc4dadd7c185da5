/* SPDX-License-Identifier: Apache-2.0 */
/* F5: whom the timer serves when, and what becomes of writes without it. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

/* Written once under that policy. */
static mmio_map *written(const char *path, uint64_t ms)
{
    mmio_map *map = create_map(path, 16384);
    assert_ok(mmio_map_set_policy(map, MMIO_POLICY_EVERY_MILLIS, ms, ERR));
    assert_ok(mmio_map_write(map, 0, "x", 1, ERR));
    return map;
}

/* Whatever came first. When the last of them is flushed the time of the others has not come. */
static void F5_whoever_is_due_first_is_flushed_first(void **state)
{
    (void)state;
    static const uint64_t times[] = {UINT64_MAX, 600000, 500000, 400000, 20};
    mmio_map *maps[5];
    for (size_t i = 0; i < 5; i++) {
        char name[] = {(char)('a' + i), '\0'};
        maps[i] = written(name, times[i]);
    }
    while (mmio_map_pending(maps[4]) != 0) {
    }
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(mmio_map_pending(maps[i]), i < 4 ? 1 : 0);
        mmio_map_close(maps[i]);
    }
}

static void F5_what_was_flushed_meanwhile_is_not_flushed_again(void **state)
{
    (void)state;
    mmio_map *maps[2] = {written("f", 30), written("g", 30)};
    assert_ok(mmio_map_flush(maps[0], MMIO_FLUSH_DATA, ERR));
    const uint64_t flushes = info_of(maps[0]).flushes;
    while (mmio_map_pending(maps[1]) != 0) {
    }
    assert_int_equal(info_of(maps[0]).flushes, flushes); /* Its time came before. */
    mmio_map_close(maps[0]);
    mmio_map_close(maps[1]);
}

/* From now on the system gives the process no more threads. */
static bool give_up_threads(void)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {.len = sizeof steps / sizeof steps[0], .filter = steps};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/* By calls, and by what is counted when it is released. */
static bool writes_are_flushed_at_once(mmio_map *map)
{
    mmio_view view;
    bool is_right = mmio_map_write(map, 8192, "z", 1, NULL) == MMIO_OK;
    is_right = is_right && mmio_map_pending(map) == 0;
    is_right = is_right && mmio_view_acquire(map, 0, 10, MMIO_VIEW_WRITE, &view, NULL) == MMIO_OK;
    mmio_view_release(&view);
    return is_right && mmio_map_pending(map) == 0;
}

static void F5_B12_a_child_that_gets_no_thread_flushes_as_it_writes(void **state)
{
    (void)state;
    mmio_map *map = written("f", 600000);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        _exit(give_up_threads() && writes_are_flushed_at_once(map) ? 0 : 1);
    }
    int outcome = -1;
    assert_int_equal(waitpid(child, &outcome, 0), child);
    assert_int_equal(outcome, 0);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(F5_whoever_is_due_first_is_flushed_first),
        IN_DIRECTORY(F5_what_was_flushed_meanwhile_is_not_flushed_again),
        IN_DIRECTORY(F5_B12_a_child_that_gets_no_thread_flushes_as_it_writes),
    };
    return cmocka_run_group_tests_name("contract F5: the timer", tests, NULL, NULL);
}
