/* SPDX-License-Identifier: Apache-2.0 */
/* B14: populating at open, and changing a map's protection. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support.h"

/* The permissions that the kernel shows for the map's first byte, "rw-s". */
static void permissions_of(mmio_map *map, char *out_text)
{
    const void *data = NULL;
    assert_ok(mmio_map_data(map, &data, ERR));
    FILE *file = fopen("/proc/self/maps", "r");
    assert_non_null(file);
    char line[512];
    bool found = false;
    while (!found && fgets(line, sizeof line, file) != NULL) {
        unsigned long start;
        unsigned long end;
        assert_int_equal(sscanf(line, "%lx-%lx %4s", &start, &end, out_text), 3);
        found = start <= (uintptr_t)data && (uintptr_t)data < end;
    }
    assert_int_equal(fclose(file), 0);
    assert_true(found);
}

static void check_permissions(mmio_map *map, const char *expected)
{
    char text[8] = "";
    permissions_of(map, text);
    assert_string_equal(text, expected);
}

static void B14_a_protected_map_refuses_all_writing_and_is_mapped_so(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100000);
    mmio_view view;
    mmio_walk walk;
    void *data;
    char byte = 'x';
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    check_permissions(map, "rw-s");
    assert_ok(mmio_map_protect(map, MMIO_PROTECT_READ_ONLY, 0, ERR));
    check_permissions(map, "r--s");
    assert_status(MMIO_ERR_MODE, mmio_map_write(map, 0, &byte, 1, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_fill(map, 0, 1, 0, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_zero(map, 0, 1, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_copy(map, 0, map, 10, 1, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_append(map, &byte, 1, NULL, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_resize(map, 50000, 0, ERR));
    assert_status(MMIO_ERR_MODE, mmio_atomic_u32_add(map, 0, 1, NULL, ERR));
    assert_status(MMIO_ERR_MODE, mmio_view_acquire(map, 0, 1, MMIO_VIEW_WRITE, &view, ERR));
    assert_status(MMIO_ERR_MODE, mmio_walk_begin(map, 10, MMIO_VIEW_WRITE, &walk, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_data_mut(map, &data, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_touch(map, 0, 1, MMIO_POPULATE_WRITE, NULL, NULL, ERR));
    assert_ok(mmio_map_write(map, 0, NULL, 0, ERR));
    assert_ok(mmio_map_read(map, 0, &byte, 1, ERR));
    assert_int_equal(byte, 'a');
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    assert_int_equal(mmio_map_mode(map), MMIO_MODE_RW);
    mmio_map_close(map);
}

static void B14_it_can_be_made_writable_again(void **state)
{
    (void)state;
    make_file("f", 100000, 'x');
    const uint32_t modes[] = {MMIO_MODE_RW, MMIO_MODE_COW_RW};
    const char *const permissions[] = {"rw-s", "rw-p"};
    for (size_t i = 0; i < 2; i++) {
        mmio_map *map = open_mode("f", modes[i]);
        mmio_map_info info = {.struct_size = sizeof info};
        char byte = 0;
        assert_ok(mmio_map_write(map, 5, "y", 1, ERR));
        assert_ok(mmio_map_protect(map, MMIO_PROTECT_READ_ONLY, -1, ERR));
        assert_ok(mmio_map_protect(map, MMIO_PROTECT_READ_ONLY, -1, ERR));
        assert_ok(mmio_map_get_info(map, &info, ERR));
        assert_int_equal(info.is_writable, 0);
        assert_ok(mmio_map_protect(map, MMIO_PROTECT_NONE, -1, ERR));
        check_permissions(map, permissions[i]);
        assert_ok(mmio_map_get_info(map, &info, ERR));
        assert_int_equal(info.is_writable, 1);
        /* What was written before is still there, private or not. */
        assert_ok(mmio_map_read(map, 5, &byte, 1, ERR));
        assert_int_equal(byte, 'y');
        assert_ok(mmio_map_write(map, 5, "x", 1, ERR));
        mmio_map_close(map);
    }
}

static void B14_maps_keep_the_kind_they_were_opened_as(void **state)
{
    (void)state;
    make_file("f", 100000, 'x');
    const uint32_t modes[] = {MMIO_MODE_RO, MMIO_MODE_COW};
    for (size_t i = 0; i < 2; i++) {
        mmio_map *map = open_mode("f", modes[i]);
        assert_ok(mmio_map_protect(map, MMIO_PROTECT_READ_ONLY, 0, ERR));
        assert_status(MMIO_ERR_MODE, mmio_map_protect(map, MMIO_PROTECT_NONE, 0, ERR));
        mmio_map_close(map);
    }
    const int fd = open("f", O_RDONLY | O_CLOEXEC);
    mmio_map *map = NULL;
    assert_ok(mmio_map_from_handle(fd, NULL, NULL, &map, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_protect(map, MMIO_PROTECT_NONE, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_protect(map, 2, 0, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_protect(map, MMIO_PROTECT_READ_ONLY, 0, ERR));
    mmio_map_close(map);
    assert_status(MMIO_ERR_INVALID, mmio_map_protect(NULL, MMIO_PROTECT_NONE, 0, ERR));
}

static void B14_views_for_writing_must_be_gone_and_others_need_not(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100000);
    mmio_view reader;
    mmio_view writer;
    assert_ok(mmio_view_acquire(map, 0, 100, 0, &reader, ERR));
    assert_ok(mmio_view_acquire(map, 0, 100, MMIO_VIEW_WRITE, &writer, ERR));
    assert_status(MMIO_ERR_BUSY, mmio_map_protect(map, MMIO_PROTECT_READ_ONLY, 0, ERR));
    assert_status(MMIO_ERR_TIMEOUT, mmio_map_protect(map, MMIO_PROTECT_READ_ONLY, 1, ERR));
    assert_status(MMIO_ERR_DEADLOCK, mmio_map_protect(map, MMIO_PROTECT_READ_ONLY, -1, ERR));
    memset(writer.data, 'x', 100);
    mmio_view_release(&writer);
    assert_ok(mmio_map_protect(map, MMIO_PROTECT_READ_ONLY, 0, ERR));
    assert_memory_equal(reader.data, "xxx", 3);
    mmio_view_release(&reader);
    mmio_map_close(map);
}

typedef struct writer {
    mmio_map *map;
    _Atomic bool is_over;
    _Atomic uint64_t written;
    _Atomic uint64_t refused;
} writer;

static void *write_on(void *argument)
{
    writer *w = argument;
    char bytes[100] = {0};
    while (!w->is_over) {
        const mmio_status status = mmio_map_write(w->map, 0, bytes, sizeof bytes, NULL);
        w->written += status == MMIO_OK;
        w->refused += status == MMIO_ERR_MODE;
        if (status != MMIO_OK && status != MMIO_ERR_MODE) {
            return NULL;
        }
    }
    return w;
}

static void B14_writers_on_other_threads_are_refused_and_never_hurt(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100000);
    writer w = {.map = map};
    uintptr_t thread;
    start_thread(&thread, write_on, &w);
    for (int i = 0; i < 2000 || w.written == 0 || w.refused == 0; i++) {
        assert_ok(mmio_map_protect(map, MMIO_PROTECT_READ_ONLY, -1, ERR));
        assert_ok(mmio_map_protect(map, MMIO_PROTECT_NONE, -1, ERR));
    }
    w.is_over = true;
    assert_ptr_equal(join_thread(thread), &w);
    mmio_map_close(map);
}

static void B14_eager_opening_maps_the_pages(void **state)
{
    (void)state;
    make_file("f", 1 << 20, 'x');
    mmio_open_options options = options_of(MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    options.touch = MMIO_TOUCH_EAGER;
    options.window_offset = 5000;
    mmio_map *map = NULL;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    const void *data = NULL;
    assert_ok(mmio_map_data(map, &data, ERR));
    /* Bit 63 of an entry of pagemap says that the page is mapped. */
    const int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    const uintptr_t page = (uintptr_t)mmio_page_size();
    for (uintptr_t at = (uintptr_t)data; at < (uintptr_t)data + mmio_map_size(map); at += page) {
        uint64_t item = 0;
        assert_int_equal(pread(fd, &item, sizeof item, (off_t)(at / page * sizeof item)),
                         sizeof item);
        assert_true(item >> 63 == 1);
    }
    assert_int_equal(close(fd), 0);
    mmio_map_close(map);
}

/* Protects a map for reading only, however long that takes. */
typedef struct protector {
    mmio_map *map;
    _Atomic int number;
    mmio_status status;
} protector;

static void *protect_body(void *argument)
{
    protector *p = argument;
    atomic_store(&p->number, thread_id());
    p->status = mmio_map_protect(p->map, MMIO_PROTECT_READ_ONLY, -1, NULL);
    return NULL;
}

static uintptr_t start_and_let_sleep(protector *p)
{
    uintptr_t thread;
    start_thread(&thread, protect_body, p);
    while (!is_in_system_call(atomic_load(&p->number), SYS_futex)) {
    }
    return thread;
}

static void B14_D7_E5_who_comes_meanwhile_need_not_wait(void **state)
{
    (void)state;
    protector p = {.map = create_map("f", 100)};
    mmio_view view;
    uint64_t before = 7;
    uint64_t after = 7;
    assert_ok(mmio_view_acquire(p.map, 0, 1, MMIO_VIEW_WRITE, &view, ERR));
    const uintptr_t thread = start_and_let_sleep(&p);
    assert_status(MMIO_ERR_BUSY, mmio_map_protect(p.map, MMIO_PROTECT_READ_ONLY, 0, ERR));
    assert_status(MMIO_ERR_TIMEOUT, mmio_map_protect(p.map, MMIO_PROTECT_NONE, 20, ERR));
    assert_status(MMIO_ERR_BUSY, mmio_map_refresh(p.map, &before, &after, ERR));
    assert_int_equal(before + after, 0);
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(p.map, 200, 0, ERR));
    mmio_view_release(&view);
    (void)join_thread(thread);
    assert_ok(p.status);
    assert_ok(mmio_map_refresh(p.map, &before, &after, ERR));
    assert_int_equal(before, 100);
    mmio_map_close(p.map);
}

static void B14_B13_a_shutdown_ends_the_wait(void **state)
{
    (void)state;
    protector p = {.map = create_map("f", 100)};
    mmio_view view;
    assert_ok(mmio_view_acquire(p.map, 0, 1, MMIO_VIEW_WRITE, &view, ERR));
    const uintptr_t thread = start_and_let_sleep(&p);
    assert_ok(mmio_map_shutdown(p.map, ERR));
    (void)join_thread(thread);
    assert_status(MMIO_ERR_CLOSED, p.status);
    ((char *)view.data)[0] = 'x'; /* It was not protected after all. */
    mmio_view_release(&view);
    mmio_map_close(p.map);
}

static void B14_B5_an_empty_map_can_be_protected(void **state)
{
    (void)state;
    make_file("empty", 0, 0);
    mmio_map *map = open_mode("empty", MMIO_MODE_RO);
    assert_ok(mmio_map_protect(map, MMIO_PROTECT_READ_ONLY, 0, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_protect(map, MMIO_PROTECT_NONE, 0, ERR));
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(B14_a_protected_map_refuses_all_writing_and_is_mapped_so),
        IN_DIRECTORY(B14_it_can_be_made_writable_again),
        IN_DIRECTORY(B14_maps_keep_the_kind_they_were_opened_as),
        IN_DIRECTORY(B14_views_for_writing_must_be_gone_and_others_need_not),
        IN_DIRECTORY(B14_writers_on_other_threads_are_refused_and_never_hurt),
        IN_DIRECTORY(B14_eager_opening_maps_the_pages),
        IN_DIRECTORY(B14_D7_E5_who_comes_meanwhile_need_not_wait),
        IN_DIRECTORY(B14_B13_a_shutdown_ends_the_wait),
        IN_DIRECTORY(B14_B5_an_empty_map_can_be_protected),
    };
    return cmocka_run_group_tests_name("contract B14: protection", tests, NULL, NULL);
}
