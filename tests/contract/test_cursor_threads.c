/* SPDX-License-Identifier: Apache-2.0 */
/* D5: cursors among threads and processes. */
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cursors.h"
#include "support.h"

static void D5_cursors_of_one_map_are_independent(void **state)
{
    (void)state;
    mmio_map *map = alphabet(MMIO_MODE_RO);
    mmio_cursor *one = cursor_of(map);
    mmio_cursor *other = cursor_of(map);
    check_read(one, 5, "abcde");
    check_read(other, 2, "ab");
    check_seek(other, 0, MMIO_SEEK_END, 26);
    check_read(one, 2, "fg");
    mmio_cursor_close(one);
    check_seek(other, 0, MMIO_SEEK_START, 0);
    check_read(other, 1, "a");
    mmio_cursor_close(other);
    mmio_map_close(map);
}

static void B12_D5_a_child_reads_on_with_its_own_position(void **state)
{
    (void)state;
    mmio_map *map = alphabet(MMIO_MODE_RW);
    mmio_cursor *cursor = cursor_of(map);
    check_read(cursor, 2, "ab");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char bytes[2];
        size_t count;
        const bool is_right = mmio_cursor_read(cursor, bytes, 2, &count, NULL) == MMIO_OK &&
                              count == 2 && memcmp(bytes, "cd", 2) == 0 &&
                              mmio_cursor_write(cursor, "E", 1, NULL) == MMIO_OK;
        _exit(is_right ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(mmio_cursor_position(cursor), 2);
    check_read(cursor, 3, "cdE");
    mmio_cursor_close(cursor);
    mmio_map_close(map);
}

/* Reading while the end moves: never an error, never a byte that is not there. */
typedef struct end_reader {
    mmio_map *map;
    _Atomic bool is_over;
    _Atomic uint64_t rounds;
    _Atomic uint64_t wrong;
} end_reader;

enum { SIZE_LEAST = 4096, SIZE_MOST = 60 << 10 };

static void *read_to_the_end(void *argument)
{
    static _Thread_local char bytes[SIZE_MOST];
    end_reader *reader = argument;
    mmio_cursor *cursor = cursor_of(reader->map);
    while (!atomic_load(&reader->is_over)) {
        size_t count;
        mmio_view view;
        const bool is_read =
            mmio_cursor_seek(cursor, SIZE_LEAST - 10, MMIO_SEEK_START, NULL, NULL) == MMIO_OK &&
            mmio_cursor_read(cursor, bytes, SIZE_MOST, &count, NULL) == MMIO_OK && count >= 10 &&
            count <= SIZE_MOST - SIZE_LEAST + 10 && bytes[count - 1] == 0 &&
            mmio_cursor_position(cursor) == SIZE_LEAST - 10 + count;
        const bool is_lent =
            mmio_cursor_seek(cursor, SIZE_LEAST - 10, MMIO_SEEK_START, NULL, NULL) == MMIO_OK &&
            mmio_cursor_peek(cursor, &view, NULL) == MMIO_OK && view.size >= 10 &&
            ((volatile char *)view.data)[view.size - 1] == 0;
        atomic_fetch_add(&reader->wrong, (is_read ? 0 : 1) + (is_lent ? 0 : 1));
        mmio_view_release(&view);
        atomic_fetch_add(&reader->rounds, 1);
    }
    mmio_cursor_close(cursor);
    return NULL;
}

static void A3_D5_a_resize_meanwhile_is_no_error(void **state)
{
    (void)state;
    enum { RESIZES = 2000 };
    end_reader reader = {.map = create_map("f", SIZE_LEAST)};
    uintptr_t thread;
    start_thread(&thread, read_to_the_end, &reader);
    mmio_status status = MMIO_OK;
    for (int i = 0; i < RESIZES && status == MMIO_OK; i++) {
        status = mmio_map_resize(reader.map, SIZE_MOST, 0, ERR);
        if (status == MMIO_OK) {
            status = mmio_map_resize(reader.map, SIZE_LEAST, -1, ERR);
        }
    }
    while (status == MMIO_OK && atomic_load(&reader.rounds) < 10) {
        status = mmio_map_resize(reader.map, SIZE_LEAST, 0, ERR);
    }
    atomic_store(&reader.is_over, true);
    (void)join_thread(thread);
    assert_ok(status);
    assert_int_equal(atomic_load(&reader.wrong), 0);
    mmio_map_close(reader.map);
}

/* One thread writes a whole block again and again, through a cursor of its own. */
enum { BLOCK = 100000 };

static void *write_blocks(void *argument)
{
    static _Thread_local unsigned char bytes[BLOCK];
    end_reader *writer = argument;
    mmio_cursor *cursor = cursor_of(writer->map);
    for (int value = 0; !atomic_load(&writer->is_over); value++) {
        memset(bytes, value, BLOCK);
        const bool is_written =
            mmio_cursor_seek(cursor, 0, MMIO_SEEK_START, NULL, NULL) == MMIO_OK &&
            mmio_cursor_write(cursor, bytes, BLOCK, NULL) == MMIO_OK;
        atomic_fetch_add(&writer->wrong, is_written ? 0 : 1);
        atomic_fetch_add(&writer->rounds, 1);
    }
    mmio_cursor_close(cursor);
    return NULL;
}

static void D2_D5_a_read_never_sees_half_of_a_write(void **state)
{
    (void)state;
    static unsigned char bytes[BLOCK];
    end_reader writer = {.map = anonymous_map(BLOCK)};
    mmio_cursor *cursor = cursor_of(writer.map);
    uintptr_t thread;
    start_thread(&thread, write_blocks, &writer);
    uint64_t torn = 0;
    for (int reads = 0; reads < 200 || atomic_load(&writer.rounds) < 200; reads++) {
        size_t count = 0;
        (void)mmio_cursor_seek(cursor, 0, MMIO_SEEK_START, NULL, NULL);
        (void)mmio_cursor_read(cursor, bytes, BLOCK, &count, NULL);
        torn += count != BLOCK || memcmp(bytes, bytes + 1, BLOCK - 1) != 0;
    }
    atomic_store(&writer.is_over, true);
    (void)join_thread(thread);
    assert_int_equal(torn, 0);
    assert_int_equal(atomic_load(&writer.wrong), 0);
    mmio_cursor_close(cursor);
    mmio_map_close(writer.map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(D5_cursors_of_one_map_are_independent),
        IN_DIRECTORY(B12_D5_a_child_reads_on_with_its_own_position),
        IN_DIRECTORY(A3_D5_a_resize_meanwhile_is_no_error),
        IN_DIRECTORY(D2_D5_a_read_never_sees_half_of_a_write),
    };
    return cmocka_run_group_tests_name("contract D5: cursors among threads and processes", tests,
                                       NULL, NULL);
}
