/* SPDX-License-Identifier: Apache-2.0 */
/* A: what holds for every call that takes a range, proven for each of them. */
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

/* No range of a test is longer. */
static char bytes[64];
static uint8_t pages[4];

typedef mmio_status (*ranged_call)(mmio_map *map, uint64_t offset, uint64_t size,
                                   mmio_error *error);

static mmio_status view(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    mmio_view view;
    const mmio_status status = mmio_view_acquire(map, offset, size, 0, &view, error);
    mmio_view_release(&view);
    return status;
}

static mmio_status write_view(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    mmio_view view;
    const mmio_status status = mmio_view_acquire(map, offset, size, MMIO_VIEW_WRITE, &view, error);
    mmio_view_release(&view);
    return status;
}

static mmio_status copy_out(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_read(map, offset, bytes, (size_t)size, error);
}

static mmio_status copy_out_within(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_read_within(map, offset, bytes, (size_t)size, 0, error);
}

static mmio_status copy_in(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    static const char zeros[sizeof bytes];
    return mmio_map_write(map, offset, zeros, (size_t)size, error);
}

static mmio_status copy_in_within(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    static const char zeros[sizeof bytes];
    return mmio_map_write_within(map, offset, zeros, (size_t)size, 0, error);
}

static mmio_status read_batch(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    mmio_io entry = {.offset = offset, .size = size, .data = bytes};
    return mmio_map_read_batch(map, &entry, 1, error);
}

static mmio_status write_batch(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    static char zeros[sizeof bytes];
    mmio_io entry = {.offset = offset, .size = size, .data = zeros};
    return mmio_map_write_batch(map, &entry, 1, error);
}

static mmio_status fill(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_fill(map, offset, size, 0, error);
}

static mmio_status copy_within(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_copy(map, offset, map, offset, size, error);
}

static mmio_status find(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    uint64_t found;
    return mmio_map_find(map, offset, size, "x", 1, &found, error);
}

static mmio_status flush_data(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_flush_range(map, offset, size, MMIO_FLUSH_DATA, error);
}

static mmio_status flush_start(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_flush_range(map, offset, size, MMIO_FLUSH_START, error);
}

static mmio_status advise(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_advise(map, offset, size, MMIO_ADVICE_WILL_NEED, error);
}

static mmio_status touch(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    return mmio_map_touch(map, offset, size, 0, NULL, NULL, error);
}

static mmio_status residency(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    mmio_residency residency = {.struct_size = sizeof residency};
    return mmio_map_residency(map, offset, size, &residency, error);
}

static mmio_status resident_pages(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    const uint64_t page = mmio_page_size();
    const size_t count = size == 0 ? 0 : (size_t)((offset + size - 1) / page - offset / page + 1);
    return mmio_map_resident_pages(map, offset, size, count, pages, error);
}

static const struct {
    const char *name;
    ranged_call call;
    bool writes;
    bool evicts;
} calls[] = {
    {"mmio_view_acquire", view, false, false},
    {"mmio_view_acquire", write_view, true, false},
    {"mmio_map_read", copy_out, false, false},
    {"mmio_map_read_within", copy_out_within, false, false},
    {"mmio_map_write", copy_in, true, false},
    {"mmio_map_write_within", copy_in_within, true, false},
    {"mmio_map_read_batch", read_batch, false, false},
    {"mmio_map_write_batch", write_batch, true, false},
    {"mmio_map_fill", fill, true, false},
    {"mmio_map_zero", mmio_map_zero, true, false},
    {"mmio_map_copy", copy_within, true, false},
    {"mmio_map_find", find, false, false},
    {"mmio_map_flush_range", flush_data, false, false},
    {"mmio_map_flush_range", flush_start, false, false},
    {"mmio_map_advise", advise, false, false},
    {"mmio_map_prefetch", mmio_map_prefetch, false, false},
    {"mmio_map_touch", touch, false, false},
    {"mmio_map_residency", residency, false, false},
    {"mmio_map_resident_pages", resident_pages, false, false},
    {"mmio_map_evict", mmio_map_evict, false, true},
    {"mmio_map_lock_memory", mmio_map_lock_memory, false, false},
    {"mmio_map_unlock_memory", mmio_map_unlock_memory, false, false},
};

enum { CALLS = sizeof calls / sizeof calls[0] };

/* Whether a map of this mode and kind lets a call get as far as its range. */
static bool is_allowed(size_t call, mmio_map *map)
{
    const uint32_t mode = mmio_map_mode(map);
    const bool is_anonymous = mmio_map_path(map)[0] == '\0';
    return !(calls[call].writes && (mode == MMIO_MODE_RO || mode == MMIO_MODE_COW)) &&
           !(calls[call].evicts && (mode == MMIO_MODE_COW_RW || is_anonymous));
}

/* Maps of every mode, of a file of 100 bytes, and an anonymous one. */
static void open_all_kinds(mmio_map *maps[5])
{
    make_file("f", 100, 'x');
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        maps[mode - MMIO_MODE_RO] = open_mode("f", mode);
    }
    maps[4] = anonymous_map(100);
}

static void A2_every_call_accepts_size_0_at_any_offset_of_any_map(void **state)
{
    (void)state;
    const uint64_t offsets[] = {0, 50, 100, 101, UINT64_MAX};
    mmio_map *maps[6];
    open_all_kinds(maps);
    make_file("empty", 0, 0);
    maps[5] = open_mode("empty", MMIO_MODE_RO);
    for (size_t m = 0; m < 6; m++) {
        for (size_t c = 0; c < CALLS; c++) {
            for (size_t o = 0; o < 5 && is_allowed(c, maps[m]); o++) {
                assert_ok(calls[c].call(maps[m], offsets[o], 0, ERR));
            }
        }
        assert_int_equal(mmio_map_pending(maps[m]), 0);
        mmio_map_close(maps[m]);
    }
}

static void assert_names(uint64_t number)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    assert_non_null(strstr(last_error.message, digits));
}

static void A2_A6_every_call_refuses_what_does_not_fit_and_says_the_numbers(void **state)
{
    (void)state;
    const struct {
        uint64_t offset;
        uint64_t size;
    } ranges[] = {{0, 101}, {100, 1}, {51, 50}, {UINT64_MAX, 1}, {1, UINT64_MAX}};
    mmio_map *maps[5];
    open_all_kinds(maps);
    for (size_t m = 0; m < 5; m++) {
        for (size_t c = 0; c < CALLS; c++) {
            for (size_t r = 0; r < 5 && is_allowed(c, maps[m]); r++) {
                assert_status(MMIO_ERR_RANGE,
                              calls[c].call(maps[m], ranges[r].offset, ranges[r].size, ERR));
                assert_int_equal(last_error.status, MMIO_ERR_RANGE);
                assert_int_equal(last_error.os_code, 0);
                assert_int_equal(last_error.offset, ranges[r].offset);
                assert_int_equal(last_error.size, ranges[r].size);
                assert_int_equal(last_error.limit, 100);
                assert_names(ranges[r].offset);
                assert_names(ranges[r].size);
                assert_names(100);
                assert_non_null(strstr(last_error.message, calls[c].name));
                assert_non_null(strstr(last_error.message, mmio_map_path(maps[m])));
            }
        }
        mmio_map_close(maps[m]);
    }
}

static void A2_nothing_of_a_refused_range_is_done(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    memset(bytes, 'b', sizeof bytes);
    for (size_t c = 0; c < CALLS; c++) {
        assert_status(MMIO_ERR_RANGE, calls[c].call(map, 90, 20, ERR));
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        assert_int_equal(bytes[i], 'b');
    }
    char in_file[100];
    file_bytes("f", 0, in_file, sizeof in_file);
    for (size_t i = 0; i < sizeof in_file; i++) {
        assert_int_equal(in_file[i], 'x');
    }
    assert_int_equal(mmio_map_pending(map), 0);
    mmio_map_close(map);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* The kernel kills a process in this state for any call but read, write and exit. */
static void use_size_0_without_system_calls(mmio_map *map)
{
    mmio_error error;
    long wrong = 0;
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
        _exit(100);
    }
    for (size_t c = 0; c < CALLS; c++) {
        wrong += calls[c].call(map, UINT64_MAX, 0, &error) != MMIO_OK;
        wrong += calls[c].call(map, 50, 0, &error) != MMIO_OK;
    }
    (void)syscall(SYS_exit, wrong); /* _exit() is exit_group, which is not allowed. */
}

static int outcome_of_child(void (*body)(mmio_map *map), mmio_map *map)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        body(map);
        _exit(101);
    }
    int outcome = -1;
    assert_int_equal(waitpid(child, &outcome, 0), child);
    return outcome;
}

static void use_size_1_without_system_calls(mmio_map *map)
{
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0) {
        (void)mmio_map_advise(map, 0, 1, MMIO_ADVICE_NORMAL, NULL);
    }
}

static void A2_size_0_makes_no_system_call(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    assert_int_equal(outcome_of_child(use_size_0_without_system_calls, map), 0);
    /* The trap works: a call that must ask the system dies in it. */
    assert_true(WIFSIGNALED(outcome_of_child(use_size_1_without_system_calls, map)));
    mmio_map_close(map);
}
#endif

/* A thread that uses the end of a map in every way, wherever the end is just then. */
typedef struct user {
    mmio_map *map;
    size_t first_call;
    _Atomic bool is_over;
    _Atomic uint64_t rounds;
    _Atomic uint64_t wrong;
    _Atomic uint64_t out_of_range;
    uintptr_t thread;
} user;

/* Locked pages are not evicted, and finding beside a write is a race that the interface allows. */
static bool is_fit_for_company(size_t call)
{
#if defined(__SANITIZE_THREAD__)
    if (calls[call].call == find) {
        return false;
    }
#endif
    return calls[call].call != mmio_map_lock_memory;
}

static void *use_end_body(void *argument)
{
    user *u = argument;
    while (!atomic_load(&u->is_over)) {
        for (size_t c = u->first_call; c < CALLS; c += 2) {
            if (!is_fit_for_company(c)) {
                continue;
            }
            const uint64_t size = mmio_map_size(u->map);
            const mmio_status status = calls[c].call(u->map, size - 1, 1, NULL);
            const bool is_busy = status == MMIO_ERR_BUSY && strstr(calls[c].name, "within") != NULL;
            atomic_fetch_add(&u->out_of_range, status == MMIO_ERR_RANGE);
            atomic_fetch_add(&u->wrong, status != MMIO_OK && status != MMIO_ERR_RANGE && !is_busy);
        }
        atomic_fetch_add(&u->rounds, 1);
    }
    return NULL;
}

/* Each has used the end often, and met a shrink at least once. */
static bool have_met(user users[2])
{
    return atomic_load(&users[0].rounds) >= 50 && atomic_load(&users[1].rounds) >= 50 &&
           atomic_load(&users[0].out_of_range) != 0 && atomic_load(&users[1].out_of_range) != 0;
}

static void A3_every_call_beside_a_resize_answers_ok_or_range(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 4096);
    user users[] = {{.map = map, .first_call = 0}, {.map = map, .first_call = 1}};
    for (size_t i = 0; i < 2; i++) {
        start_thread(&users[i].thread, use_end_body, &users[i]);
    }
    for (int round = 0; round < 500 || !have_met(users); round++) {
        assert_ok(mmio_map_resize(map, 64 << 10, -1, ERR));
        assert_ok(mmio_map_resize(map, 4096, -1, ERR));
    }
    for (size_t i = 0; i < 2; i++) {
        atomic_store(&users[i].is_over, true);
        (void)join_thread(users[i].thread);
    }
    assert_int_equal(atomic_load(&users[0].wrong) + atomic_load(&users[1].wrong), 0);
    mmio_map_close(map);
}

static void A1_offsets_have_64_bits_in_every_call(void **state)
{
    (void)state;
    const uint64_t far = ((uint64_t)5 << 30) + 4000;
    mmio_map *map = create_map("f", far + 4096);
    for (size_t c = 0; c < CALLS; c++) {
        assert_ok(calls[c].call(map, far, 8, ERR));
        assert_status(MMIO_ERR_RANGE, calls[c].call(map, far, 4097, ERR));
        assert_int_equal(last_error.offset, far);
    }
    char back[3] = "";
    uint64_t found = 0;
    uint32_t before = 1;
    assert_ok(mmio_map_write(map, far + 4093, "abc", 3, ERR));
    file_bytes("f", far + 4093, back, 3);
    assert_memory_equal(back, "abc", 3);
    assert_ok(mmio_map_find(map, far, 4096, "abc", 3, &found, ERR));
    assert_int_equal(found, far + 4093);
    assert_ok(mmio_atomic_u32_add(map, far, 1, &before, ERR));
    assert_int_equal(before, 0);
    assert_ok(mmio_map_resize(map, far + 1, 0, ERR));
    assert_int_equal(file_size("f"), far + 1);
    mmio_map_close(map);
}

/* Out-parameters: each is filled with what it must not keep. */

static void A9_records_and_pointers_are_cleared_on_failure(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(100);
    mmio_view view;
    const mmio_view released = {0};
    memset(&view, 0xff, sizeof view);
    assert_status(MMIO_ERR_RANGE, mmio_view_acquire(map, 0, 101, 0, &view, ERR));
    assert_memory_equal(&view, &released, sizeof view);
    memset(&view, 0xff, sizeof view);
    assert_status(MMIO_ERR_RANGE, mmio_atomic_acquire(map, 0, 26, 4, &view, ERR));
    assert_memory_equal(&view, &released, sizeof view);
    mmio_walk walk;
    const mmio_walk ended = {0};
    memset(&walk, 0xff, sizeof walk);
    assert_status(MMIO_ERR_INVALID, mmio_walk_begin(NULL, 1, 0, &walk, ERR));
    assert_memory_equal(&walk, &ended, sizeof walk);
    const void *data = "";
    assert_status(MMIO_ERR_INVALID, mmio_map_data(NULL, &data, ERR));
    assert_null(data);
    void *data_mut = bytes;
    assert_status(MMIO_ERR_INVALID, mmio_map_data_mut(NULL, &data_mut, ERR));
    assert_null(data_mut);
    mmio_residency counts;
    memset(&counts, 0xff, sizeof counts);
    counts.struct_size = sizeof counts;
    assert_status(MMIO_ERR_RANGE, mmio_map_residency(map, 0, 101, &counts, ERR));
    const mmio_residency none = {.struct_size = sizeof counts};
    assert_memory_equal(&counts, &none, sizeof counts);
    mmio_map_info info;
    memset(&info, 0xff, sizeof info);
    info.struct_size = sizeof info;
    assert_status(MMIO_ERR_INVALID, mmio_map_get_info(NULL, &info, ERR));
    const mmio_map_info nothing = {.struct_size = sizeof info};
    assert_memory_equal(&info, &nothing, sizeof info);
    mmio_map_close(map);
}

#define TEST_CLEARED(bits)                                                                         \
    static void A9_cells_of_##bits##_bits_are_cleared_on_failure(void **state)                     \
    {                                                                                              \
        (void)state;                                                                               \
        typedef mmio_status (*operation)(mmio_map * map, uint64_t offset, uint##bits##_t value,    \
                                         uint##bits##_t * out_before, mmio_error * error);         \
        const operation operations[] = {                                                           \
            mmio_atomic_u##bits##_exchange, mmio_atomic_u##bits##_add, mmio_atomic_u##bits##_sub,  \
            mmio_atomic_u##bits##_and,      mmio_atomic_u##bits##_or,  mmio_atomic_u##bits##_xor,  \
        };                                                                                         \
        mmio_map *map = anonymous_map(8);                                                          \
        for (size_t i = 0; i < 6; i++) {                                                           \
            uint##bits##_t before = 7;                                                             \
            assert_status(MMIO_ERR_RANGE, operations[i](map, 8, 1, &before, ERR));                 \
            assert_int_equal(before, 0);                                                           \
            assert_ok(operations[i](map, 0, 1, NULL, ERR));                                        \
        }                                                                                          \
        uint##bits##_t value = 7;                                                                  \
        assert_status(MMIO_ERR_RANGE, mmio_atomic_u##bits##_load(map, 8, &value, ERR));            \
        assert_int_equal(value, 0);                                                                \
        value = 7;                                                                                 \
        assert_status(MMIO_ERR_RANGE,                                                              \
                      mmio_atomic_u##bits##_compare_exchange(map, 8, 0, 1, &value, ERR));          \
        assert_int_equal(value, 0);                                                                \
        assert_ok(mmio_atomic_u##bits##_compare_exchange(map, 0, 0, 1, NULL, ERR));                \
        mmio_map_close(map);                                                                       \
    }

TEST_CLEARED(32)
TEST_CLEARED(64)

static void A9_unknown_tails_of_records_are_set_to_0(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    struct {
        mmio_residency known;
        uint64_t later;
    } counts;
    memset(&counts, 0xff, sizeof counts);
    counts.known.struct_size = sizeof counts.known;
    assert_ok(mmio_map_residency(map, 0, 100, &counts.known, ERR));
    assert_int_equal(counts.later, UINT64_MAX);
    counts.known.struct_size = sizeof counts;
    assert_ok(mmio_map_residency(map, 0, 100, &counts.known, ERR));
    assert_int_equal(counts.later, 0);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(A1_offsets_have_64_bits_in_every_call),
        IN_DIRECTORY(A2_every_call_accepts_size_0_at_any_offset_of_any_map),
        IN_DIRECTORY(A2_A6_every_call_refuses_what_does_not_fit_and_says_the_numbers),
        IN_DIRECTORY(A2_nothing_of_a_refused_range_is_done),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        IN_DIRECTORY(A2_size_0_makes_no_system_call),
#endif
        IN_DIRECTORY(A3_every_call_beside_a_resize_answers_ok_or_range),
        IN_DIRECTORY(A9_records_and_pointers_are_cleared_on_failure),
        IN_DIRECTORY(A9_cells_of_32_bits_are_cleared_on_failure),
        IN_DIRECTORY(A9_cells_of_64_bits_are_cleared_on_failure),
        IN_DIRECTORY(A9_unknown_tails_of_records_are_set_to_0),
    };
    return cmocka_run_group_tests_name("contract A: every call", tests, NULL, NULL);
}
