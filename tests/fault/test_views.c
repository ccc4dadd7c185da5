/* SPDX-License-Identifier: Apache-2.0 */
/* L3: the program's own code on bytes that are gone. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "disks.h"
#include "faults.h"

#define PAGES 16

static mmio_map *open_with(const char *path, uint32_t mode, uint32_t on_fault)
{
    mmio_open_options options = options_of(mode, MMIO_DISPOSITION_OPEN, 0);
    options.on_fault = on_fault;
    mmio_map *map = NULL;
    need(mmio_map_open(path, &options, &map, NULL) == MMIO_OK);
    return map;
}

/* In a child, under guard: a map of a file, all of it used, then cut. */
static mmio_map *cut_map(uint32_t mode, uint32_t on_fault, uint64_t size)
{
    need(mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL) == MMIO_OK);
    make_file("f", PAGES * page_size(), 1);
    mmio_map *map = open_with("f", mode, on_fault);
    need(truncate("f", (off_t)size) == 0);
    return map;
}

static uint8_t *view_of(mmio_map *map, uint32_t flags, mmio_view *view)
{
    need(mmio_view_acquire(map, 0, PAGES * page_size(), flags, view, NULL) == MMIO_OK);
    return view->data;
}

static uint64_t sum(const uint8_t *bytes)
{
    uint64_t total = 0;
    for (uint64_t i = 0; i < PAGES * page_size(); i++) {
        total += ((const volatile uint8_t *)bytes)[i];
    }
    return total;
}

static uint64_t faults_of(mmio_map *map)
{
    mmio_map_info info = {.struct_size = sizeof info};
    need(mmio_map_get_info(map, &info, NULL) == MMIO_OK);
    return info.faults;
}

/* Whoever asks hears of it. */
static void check_marked(mmio_map *map, uint64_t offset)
{
    mmio_error error;
    mmio_view view;
    uint8_t byte;
    need(faults_of(map) != 0);
    need(mmio_map_read(map, 0, &byte, 1, &error) == MMIO_ERR_FAULT);
    need(error.offset == offset);
    need(strstr(error.message, "a fault made zeros of them") != NULL);
    need(mmio_view_acquire(map, 0, 1, 0, &view, NULL) == MMIO_ERR_FAULT);
    need(mmio_map_flush(map, MMIO_FLUSH_DATA, NULL) == MMIO_ERR_FAULT);
    need(mmio_map_check_faults(map, NULL) == MMIO_ERR_FAULT);
    need(mmio_map_size(map) == PAGES * page_size());
    mmio_inventory *inventory;
    const char *text;
    need(mmio_inventory_open(&inventory, NULL) == MMIO_OK);
    need(mmio_inventory_json(inventory, &text, NULL, NULL) == MMIO_OK);
    need(strstr(text, "\"faults\":0}") == NULL);
    mmio_inventory_close(inventory);
}

static void read_on(uint32_t mode, uint32_t on_fault)
{
    const uint64_t rest = 100;
    mmio_map *map = cut_map(mode, on_fault, rest);
    mmio_view view;
    const uint8_t *bytes = view_of(map, 0, &view);
    need(faults_of(map) == 0);
    need(sum(bytes) == rest);
    need(sum(bytes) == rest);
    check_marked(map, page_size());
    mmio_view_release(&view);
    mmio_map_close(map);
}

static void read_on_ro(void)
{
    read_on(MMIO_MODE_RO, MMIO_ON_FAULT_DEFAULT);
}

static void read_on_cow(void)
{
    read_on(MMIO_MODE_COW, MMIO_ON_FAULT_DEFAULT);
}

static void read_on_rw(void)
{
    read_on(MMIO_MODE_RW, MMIO_ON_FAULT_DEFAULT);
}

static void read_on_cow_rw(void)
{
    read_on(MMIO_MODE_COW_RW, MMIO_ON_FAULT_DEFAULT);
}

static void L3_reading_goes_on_in_maps_for_reading(void **state)
{
    (void)state;
    survives(read_on_ro);
    survives(read_on_cow);
}

static void L3_by_default_not_in_maps_for_writing(void **state)
{
    (void)state;
    dies_of(SIGBUS, read_on_rw);
    dies_of(SIGBUS, read_on_cow_rw);
}

static void read_on_never(void)
{
    read_on(MMIO_MODE_RO, MMIO_ON_FAULT_NEVER);
}

static void L3_never_where_the_map_says_so(void **state)
{
    (void)state;
    dies_of(SIGBUS, read_on_never);
}

static void absorb(uint32_t mode)
{
    const uint64_t page = page_size();
    mmio_map *map = cut_map(mode, MMIO_ON_FAULT_ABSORB, page);
    mmio_view view;
    uint8_t *bytes = view_of(map, MMIO_VIEW_WRITE, &view);
    memset(bytes, 2, PAGES * page);
    need(sum(bytes) == 2 * PAGES * page);
    check_marked(map, page);
    need(mmio_map_write(map, 0, "a", 1, NULL) == MMIO_ERR_FAULT);
    mmio_view_release(&view);
    mmio_error error;
    need(mmio_map_shutdown(map, &error) == MMIO_ERR_FAULT);
    need(mmio_map_size(map) == 0);
    need(mmio_map_shutdown(map, &error) == MMIO_OK);
    mmio_map_close(map);
    need(file_size("f") == page);
}

static void absorb_rw(void)
{
    absorb(MMIO_MODE_RW);
}

static void absorb_cow_rw(void)
{
    absorb(MMIO_MODE_COW_RW);
}

static void L3_absorbed_writes_are_told_of_to_the_end(void **state)
{
    (void)state;
    survives(absorb_rw);
    survives(absorb_cow_rw);
}

/* Between the end of a file and that of its page there is no fault. */
static void look_at_last_page(void)
{
    const uint64_t page = page_size();
    mmio_map *map = cut_map(MMIO_MODE_RO, MMIO_ON_FAULT_DEFAULT, PAGES * page - 1);
    mmio_view view;
    mmio_error error;
    need(sum(view_of(map, 0, &view)) == PAGES * page - 1);
    need(faults_of(map) == 0);
    need(mmio_map_check_faults(map, &error) == MMIO_ERR_FAULT);
    need(error.cause == MMIO_CAUSE_TRUNCATED);
    need(error.limit == PAGES * page - 1 && error.offset == error.limit);
    need(truncate("f", (off_t)(PAGES * page)) == 0);
    need(mmio_map_check_faults(map, NULL) == MMIO_OK);
}

static void L3_a_shorter_file_is_told_of_without_a_fault(void **state)
{
    (void)state;
    survives(look_at_last_page);
}

static void check_window(void)
{
    const uint64_t page = page_size();
    need(mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL) == MMIO_OK);
    make_file("f", PAGES * page, 1);
    mmio_open_options options = options_of(MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    options.window_offset = page + 10;
    options.window_size = 4 * page;
    mmio_map *map = NULL;
    need(mmio_map_open("f", &options, &map, NULL) == MMIO_OK);
    need(mmio_map_check_faults(map, NULL) == MMIO_OK);
    need(truncate("f", (off_t)(3 * page)) == 0);
    mmio_view view;
    need(mmio_view_acquire(map, 0, 4 * page, 0, &view, NULL) == MMIO_OK);
    uint64_t total = 0;
    for (uint64_t i = 0; i < 4 * page; i++) {
        total += ((const volatile uint8_t *)view.data)[i];
    }
    need(total == 2 * page - 10);
    mmio_error error;
    need(mmio_map_check_faults(map, &error) == MMIO_ERR_FAULT);
    need(error.offset == 2 * page - 10);
}

static void L3_A1_offsets_are_those_of_the_window(void **state)
{
    (void)state;
    survives(check_window);
}

/* Copies often run backwards. */
static void read_backwards(void)
{
    const uint64_t page = page_size();
    mmio_map *map = cut_map(MMIO_MODE_RO, MMIO_ON_FAULT_DEFAULT, 8 * page);
    mmio_view view;
    const volatile uint8_t *bytes = view_of(map, 0, &view);
    need(bytes[(PAGES - 1) * page] == 0);
    check_marked(map, 8 * page);
    need(bytes[7 * page] == 1);
    need(truncate("f", (off_t)(2 * page)) == 0);
    need(bytes[7 * page] == 0);
    check_marked(map, 2 * page);
}

static void L3_the_first_byte_that_is_gone_is_told_wherever_a_fault_was(void **state)
{
    (void)state;
    survives(read_backwards);
}

static void read_after_growth(void)
{
    mmio_map *map = cut_map(MMIO_MODE_RO, MMIO_ON_FAULT_DEFAULT, 0);
    mmio_view view;
    const uint8_t *bytes = view_of(map, 0, &view);
    need(sum(bytes) == 0);
    make_file("f", PAGES * page_size(), 1);
    need(sum(bytes) == 0);
    check_marked(map, 0);
    mmio_map *later = open_with("f", MMIO_MODE_RO, MMIO_ON_FAULT_DEFAULT);
    need(sum(view_of(later, 0, &view)) == PAGES * page_size());
    need(mmio_map_check_faults(later, NULL) == MMIO_OK);
}

static void L3_zeros_stay_when_the_file_grows_again(void **state)
{
    (void)state;
    survives(read_after_growth);
}

/* A page at a time where the file is as long as ever: what is there is seen, before and behind. */
static void read_beyond_full_disk(void)
{
    const uint64_t page = page_size();
    need(mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL) == MMIO_OK);
    mmio_map *map = open_with("disk/f", MMIO_MODE_RW, MMIO_ON_FAULT_ABSORB);
    mmio_view view;
    uint8_t *bytes = view_of(map, MMIO_VIEW_WRITE, &view);
    for (uint64_t i = 0; i < PAGES; i++) {
        bytes[i * page] = 3;
    }
    for (uint64_t i = 0; i < PAGES; i++) {
        need(bytes[i * page] == 3);
    }
    const uint64_t faults = faults_of(map);
    need(faults > 0 && faults < PAGES);
    need(mmio_map_flush(map, MMIO_FLUSH_DATA, NULL) == MMIO_ERR_FAULT);
    mmio_map_close(map);
}

static void mount_small_disk(void)
{
    mount_kind("tmpfs", "size=32k");
    make_file("disk/f", 0, 0);
    assert_int_equal(truncate("disk/f", (off_t)(PAGES * page_size())), 0);
}

/* Each page apart, and the last first. */
static void write_backwards_beyond_full_disk(void)
{
    const uint64_t page = page_size();
    need(mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL) == MMIO_OK);
    mmio_map *map = open_with("disk/f", MMIO_MODE_RW, MMIO_ON_FAULT_ABSORB);
    mmio_view view;
    uint8_t *bytes = view_of(map, MMIO_VIEW_WRITE, &view);
    mmio_error error;
    for (uint64_t i = PAGES; i-- > 0;) {
        bytes[i * page] = 3;
        const mmio_status status = mmio_map_check_faults(map, &error);
        need(status == MMIO_OK || error.offset == i * page);
    }
    need(faults_of(map) != 0);
}

static void L3_a_full_disk_costs_the_pages_that_have_no_place(void **state)
{
    (void)state;
    mount_small_disk();
    survives(read_beyond_full_disk);
    unmount_disk();
    mount_small_disk();
    survives(write_backwards_beyond_full_disk);
}

static unsigned count_mappings(void)
{
    FILE *file = fopen("/proc/self/maps", "re");
    need(file != NULL);
    unsigned lines = 0;
    for (int c = fgetc(file); c != EOF; c = fgetc(file)) {
        lines += c == '\n';
    }
    need(fclose(file) == 0);
    return lines;
}

/* The system allows a process some 65000 mappings. */
static void count_beyond_full_disk(void)
{
    const uint64_t page = page_size();
    const uint64_t pages = 4000;
    need(mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL) == MMIO_OK);
    need(truncate("disk/f", (off_t)(pages * page)) == 0);
    mmio_map *map = open_with("disk/f", MMIO_MODE_RW, MMIO_ON_FAULT_ABSORB);
    mmio_view view;
    need(mmio_view_acquire(map, 0, pages * page, MMIO_VIEW_WRITE, &view, NULL) == MMIO_OK);
    const unsigned before = count_mappings();
    for (uint64_t i = 0; i < pages; i++) {
        ((volatile uint8_t *)view.data)[i * page] = 3;
    }
    need(faults_of(map) > pages / 2);
    need(count_mappings() < before + 50);
}

static void L3_neighbouring_pages_of_zeros_take_few_mappings(void **state)
{
    (void)state;
    mount_small_disk();
    survives(count_beyond_full_disk);
}

/* Zeros are put under stores of others once only. */
typedef struct storing {
    uint8_t *bytes;
    pthread_barrier_t *begin;
    uint8_t number;
} storing;

static void *store_one(void *argument)
{
    const storing *s = argument;
    (void)pthread_barrier_wait(s->begin);
    s->bytes[s->number] = s->number;
    return NULL;
}

static void store_side_by_side(void)
{
    enum { THREADS = 4 };
    for (int round = 0; round < 200; round++) {
        mmio_map *map = cut_map(MMIO_MODE_RW, MMIO_ON_FAULT_ABSORB, 0);
        mmio_view view;
        pthread_barrier_t begin;
        uintptr_t threads[THREADS];
        storing each[THREADS];
        need(pthread_barrier_init(&begin, NULL, THREADS) == 0);
        for (uint8_t i = 0; i < THREADS; i++) {
            each[i] = (storing){view_of(map, MMIO_VIEW_WRITE, &view), &begin, i};
            start_thread(&threads[i], store_one, &each[i]);
        }
        for (uint8_t i = 0; i < THREADS; i++) {
            (void)join_thread(threads[i]);
        }
        for (uint8_t i = 0; i < THREADS; i++) {
            need(each[i].bytes[i] == i);
        }
        need(pthread_barrier_destroy(&begin) == 0 && faults_of(map) == 1);
        (void)mmio_map_shutdown(map, NULL);
        mmio_map_close(map);
    }
}

static void L3_stores_of_many_threads_into_one_page_all_stay(void **state)
{
    (void)state;
    survives(store_side_by_side);
}

/* Views on many threads, while another process cuts and lengthens the file. */
typedef struct storm {
    const uint8_t *bytes;
    _Atomic bool is_over;
} storm;

static void *keep_reading(void *argument)
{
    storm *s = argument;
    while (!s->is_over) {
        const uint64_t total = sum(s->bytes);
        need(total <= PAGES * page_size());
    }
    return NULL;
}

static void read_in_a_storm(void)
{
    need(mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL) == MMIO_OK);
    for (int round = 0; round < 50; round++) {
        make_file("f", PAGES * page_size(), 1);
        mmio_map *map = open_with("f", MMIO_MODE_RO, MMIO_ON_FAULT_DEFAULT);
        mmio_view view;
        storm s = {.bytes = view_of(map, 0, &view)};
        uintptr_t threads[4];
        for (int i = 0; i < 4; i++) {
            start_thread(&threads[i], keep_reading, &s);
        }
        for (int i = 0; i < 20; i++) {
            need(truncate("f", (off_t)((uint64_t)(i % 3) * page_size())) == 0);
        }
        s.is_over = true;
        for (int i = 0; i < 4; i++) {
            (void)join_thread(threads[i]);
        }
        mmio_view_release(&view);
        mmio_map_close(map);
    }
}

static void L3_views_of_many_threads_survive_a_storm(void **state)
{
    (void)state;
    survives(read_in_a_storm);
}

/* Maps come and go beside faults in others: their places are used again. */
static void *keep_opening(void *argument)
{
    storm *s = argument;
    while (!s->is_over) {
        mmio_map *maps[100];
        for (int i = 0; i < 100; i++) {
            maps[i] = open_with("g", MMIO_MODE_RO, MMIO_ON_FAULT_DEFAULT);
        }
        for (int i = 0; i < 100; i++) {
            mmio_map_close(maps[i]);
        }
    }
    return NULL;
}

static void open_beside_faults(void)
{
    storm s = {.is_over = false};
    uintptr_t thread;
    make_file("g", page_size(), 1);
    start_thread(&thread, keep_opening, &s);
    for (int i = 0; i < 300; i++) {
        mmio_map *map = cut_map(MMIO_MODE_RO, MMIO_ON_FAULT_DEFAULT, 0);
        mmio_view view;
        need(sum(view_of(map, 0, &view)) == 0);
        need(faults_of(map) == 1);
        mmio_view_release(&view);
        mmio_map_close(map);
    }
    s.is_over = true;
    (void)join_thread(thread);
}

static void L3_maps_come_and_go_beside_faults(void **state)
{
    (void)state;
    survives(open_beside_faults);
}

/* What they do not absorb, and where there is nothing to absorb. */
static void open_what_absorbs_nothing(void)
{
    need(mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL) == MMIO_OK);
    make_file("f", 100, 'x');
    make_file("empty", 0, 0);
    mmio_map_close(open_with("f", MMIO_MODE_RO, MMIO_ON_FAULT_NEVER));
    mmio_map_close(open_with("empty", MMIO_MODE_RO, MMIO_ON_FAULT_ABSORB));
}

/* Nothing was written that could be lost. */
static void end_after_reading(void)
{
    mmio_map *map = cut_map(MMIO_MODE_RO, MMIO_ON_FAULT_DEFAULT, 0);
    mmio_view view;
    need(sum(view_of(map, 0, &view)) == 0);
    need(faults_of(map) != 0);
    mmio_view_release(&view);
    need(mmio_map_shutdown(map, NULL) == MMIO_OK);
    mmio_map_close(map);
}

static void L3_maps_without_zeros_end_as_ever(void **state)
{
    (void)state;
    survives(open_what_absorbs_nothing);
    survives(end_after_reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(L3_reading_goes_on_in_maps_for_reading),
        IN_DIRECTORY(L3_by_default_not_in_maps_for_writing),
        IN_DIRECTORY(L3_never_where_the_map_says_so),
        IN_DIRECTORY(L3_absorbed_writes_are_told_of_to_the_end),
        IN_DIRECTORY(L3_a_shorter_file_is_told_of_without_a_fault),
        IN_DIRECTORY(L3_A1_offsets_are_those_of_the_window),
        IN_DIRECTORY(L3_the_first_byte_that_is_gone_is_told_wherever_a_fault_was),
        IN_DIRECTORY(L3_zeros_stay_when_the_file_grows_again),
        WITH_MOUNTS(L3_a_full_disk_costs_the_pages_that_have_no_place),
        WITH_MOUNTS(L3_neighbouring_pages_of_zeros_take_few_mappings),
        IN_DIRECTORY(L3_stores_of_many_threads_into_one_page_all_stay),
        IN_DIRECTORY(L3_views_of_many_threads_survive_a_storm),
        IN_DIRECTORY(L3_maps_come_and_go_beside_faults),
        IN_DIRECTORY(L3_maps_without_zeros_end_as_ever),
    };
    return cmocka_run_group_tests_name("contract L3: faults in views", tests, enter_own_mounts,
                                       NULL);
}
