/* SPDX-License-Identifier: Apache-2.0 */
/* H4: two processes that share nothing but a file see each other's bytes and cells. The second one
 * is this program, run anew. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "children.h"
#include "support.h"

/* The file both use. */
enum {
    TURN = 0, /* u32: whose turn it is. */
    SUM32 = 4,
    SUM64 = 8,
    PARENTS_RECORD = 4096,
    CHILDS_RECORD = 8192 + 1, /* At no alignment. */
    RECORD_SIZE = 3000,
    FILE_SIZE = 16384,
    GROWN_SIZE = 8 << 20,
};

enum { ADDS = 100000, THREADS = 2, PATIENCE_MS = 30000 };

static const char *own_program;

static mmio_status await_turn(mmio_map *map, uint32_t turn)
{
    uint32_t seen = 0;
    mmio_status status = mmio_atomic_u32_load(map, TURN, &seen, ERR);
    while (status == MMIO_OK && seen != turn) {
        status = mmio_atomic_u32_wait(map, TURN, seen, PATIENCE_MS, ERR);
        if (status == MMIO_OK) {
            status = mmio_atomic_u32_load(map, TURN, &seen, ERR);
        }
    }
    return status;
}

static mmio_status give_turn(mmio_map *map, uint32_t turn)
{
    const mmio_status status = mmio_atomic_u32_store(map, TURN, turn, ERR);
    return status != MMIO_OK ? status : mmio_atomic_u32_wake(map, TURN, UINT32_MAX, NULL, ERR);
}

static void *add_body(void *argument)
{
    mmio_map *map = argument;
    for (int i = 0; i < ADDS; i++) {
        if (mmio_atomic_u32_add(map, SUM32, 3, NULL, NULL) != MMIO_OK ||
            mmio_atomic_u64_sub(map, SUM64, 1, NULL, NULL) != MMIO_OK) {
            return map;
        }
    }
    return NULL;
}

static void add_on_threads(mmio_map *map)
{
    uintptr_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        start_thread(&threads[i], add_body, map);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_null(join_thread(threads[i]));
    }
}

static void write_record(mmio_map *map, uint64_t offset, int byte)
{
    char record[RECORD_SIZE];
    memset(record, byte, sizeof record);
    assert_ok(mmio_map_write(map, offset, record, sizeof record, ERR));
}

static void expect_record(mmio_map *map, uint64_t offset, int byte)
{
    char record[RECORD_SIZE];
    char wanted[RECORD_SIZE];
    memset(wanted, byte, sizeof wanted);
    assert_ok(mmio_map_read(map, offset, record, sizeof record, ERR));
    assert_memory_equal(record, wanted, sizeof wanted);
}

/* What the second process does. */
static void child_see(mmio_map *map)
{
    expect_record(map, PARENTS_RECORD, 'p');
    write_record(map, CHILDS_RECORD, 'c');
    assert_ok(give_turn(map, 2));
    assert_ok(await_turn(map, 3));
    expect_record(map, PARENTS_RECORD, 'q');
}

static void child_add(mmio_map *map)
{
    assert_ok(give_turn(map, 2));
    add_on_threads(map);
}

static void child_grow(mmio_map *map)
{
    assert_ok(mmio_map_resize(map, GROWN_SIZE, 0, ERR));
    write_record(map, GROWN_SIZE - RECORD_SIZE, 'g');
    assert_ok(give_turn(map, 2));
}

static const struct {
    const char *name;
    void (*run)(mmio_map *map);
} child_roles[] = {{"see", child_see}, {"add", child_add}, {"grow", child_grow}};

static void run_child(void **state)
{
    const char *role = *state;
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    assert_ok(await_turn(map, 1));
    for (size_t i = 0; i < sizeof child_roles / sizeof child_roles[0]; i++) {
        if (strcmp(child_roles[i].name, role) == 0) {
            child_roles[i].run(map);
        }
    }
    mmio_map_close(map);
}

static pid_t start_child(const char *role)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)execl(own_program, own_program, role, (char *)NULL);
        _exit(127);
    }
    return child;
}

static void H4_two_processes_see_each_others_bytes(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", FILE_SIZE);
    const pid_t child = start_child("see");
    write_record(map, PARENTS_RECORD, 'p');
    assert_ok(give_turn(map, 1));
    assert_ok(await_turn(map, 2));
    expect_record(map, CHILDS_RECORD, 'c');
    mmio_view view;
    assert_ok(mmio_view_acquire(map, PARENTS_RECORD, RECORD_SIZE, MMIO_VIEW_WRITE, &view, ERR));
    memset(view.data, 'q', RECORD_SIZE); /* Still held when the other side reads it. */
    assert_ok(give_turn(map, 3));
    end_well(child);
    mmio_view_release(&view);
    mmio_map_close(map);
}

static void H4_threads_of_two_processes_add_to_the_same_cells(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", FILE_SIZE);
    const pid_t child = start_child("add");
    assert_ok(give_turn(map, 1));
    assert_ok(await_turn(map, 2)); /* Both begin now. */
    add_on_threads(map);
    end_well(child);
    uint32_t sum32 = 0;
    uint64_t sum64 = 0;
    assert_ok(mmio_atomic_u32_load(map, SUM32, &sum32, ERR));
    assert_ok(mmio_atomic_u64_load(map, SUM64, &sum64, ERR));
    assert_int_equal(sum32, 3 * ADDS * THREADS * 2);
    assert_true(sum64 == (uint64_t)0 - ADDS * THREADS * 2);
    mmio_map_close(map);
}

static void H4_growth_by_one_process_shows_when_the_other_opens_anew(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", FILE_SIZE);
    const pid_t child = start_child("grow");
    assert_ok(give_turn(map, 1));
    assert_ok(await_turn(map, 2));
    assert_int_equal(mmio_map_size(map), FILE_SIZE);
    mmio_map *fresh = open_mode("f", MMIO_MODE_RO);
    assert_int_equal(mmio_map_size(fresh), GROWN_SIZE);
    expect_record(fresh, GROWN_SIZE - RECORD_SIZE, 'g');
    end_well(child);
    mmio_map_close(fresh);
    mmio_map_close(map);
}

int main(int argc, char **argv)
{
    own_program = realpath("/proc/self/exe", NULL);
    if (argc == 2) {
        alarm(100);
        const struct CMUnitTest child[] = {cmocka_unit_test_prestate(run_child, argv[1])};
        return cmocka_run_group_tests_name("the second process", child, NULL, NULL);
    }
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(H4_two_processes_see_each_others_bytes),
        IN_DIRECTORY(H4_threads_of_two_processes_add_to_the_same_cells),
        IN_DIRECTORY(H4_growth_by_one_process_shows_when_the_other_opens_anew),
    };
    return cmocka_run_group_tests_name("contract H4: processes", tests, NULL, NULL);
}
