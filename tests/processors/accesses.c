/* SPDX-License-Identifier: Apache-2.0 */
/* What each processor has its own code for: copies, cells, and leaving both when bytes are gone. By
 * itself, since it also runs where nothing but a compiler and an emulator is. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mmio.h"

#define NEED(condition) need(condition, #condition, __LINE__)

static unsigned long checks;

static void need(int is_so, const char *condition, int line)
{
    checks++;
    if (!is_so) {
        (void)fprintf(stderr, "accesses.c:%d: not so: %s\n", line, condition);
        exit(1);
    }
}

static char path[] = "/tmp/mmio-accesses-XXXXXX";
static uint64_t page;

static mmio_map *open_cut(uint32_t mode)
{
    mmio_open_options options = {.struct_size = sizeof options, .mode = mode};
    mmio_map *map = NULL;
    NEED(truncate(path, (off_t)(4 * page)) == 0);
    NEED(mmio_map_open(path, &options, &map, NULL) == MMIO_OK);
    NEED(truncate(path, (off_t)page) == 0);
    return map;
}

static void check_copy(mmio_map *map, uint64_t before, uint64_t behind)
{
    static unsigned char to[8192];
    static unsigned char from[8192];
    mmio_error error;
    const size_t size = (size_t)(before + behind);
    for (size_t i = 0; i < size; i++) {
        from[i] = (unsigned char)(i * 7 + before);
    }
    const mmio_status wanted = behind != 0 ? MMIO_ERR_FAULT : MMIO_OK;
    NEED(mmio_map_write(map, page - before, from, size, &error) == wanted);
    NEED(wanted == MMIO_OK || error.done == before);
    memset(to, 0xee, sizeof to);
    NEED(mmio_map_read(map, page - before, to, size, &error) == wanted);
    NEED(wanted == MMIO_OK || (error.done == before && error.cause == MMIO_CAUSE_TRUNCATED));
    NEED(memcmp(to, from, (size_t)before) == 0);
    for (size_t i = (size_t)before; i < size + 64; i++) {
        NEED(to[i] == 0xee);
    }
}

static void check_copies(void)
{
    mmio_map *map = open_cut(MMIO_MODE_RW);
    for (uint64_t before = 0; before <= 200; before++) {
        for (uint64_t behind = 0; behind <= 200; behind += 1 + behind / 8) {
            check_copy(map, before, behind);
        }
    }
    for (uint64_t before = 1; before < page; before += 97) {
        check_copy(map, before, 0);
        check_copy(map, before, 3000);
    }
    mmio_map_close(map);
}

#define CHECK_CELLS(bits)                                                                          \
    do {                                                                                           \
        const uint##bits##_t high = (uint##bits##_t)1 << (bits - 1);                               \
        uint##bits##_t v = 1;                                                                      \
        NEED(mmio_atomic_u##bits##_store(map, 8, high + 5, NULL) == MMIO_OK);                      \
        NEED(mmio_atomic_u##bits##_load(map, 8, &v, NULL) == MMIO_OK && v == high + 5);            \
        NEED(mmio_atomic_u##bits##_add(map, 8, 7, &v, NULL) == MMIO_OK && v == high + 5);          \
        NEED(mmio_atomic_u##bits##_sub(map, 8, 2, &v, NULL) == MMIO_OK && v == high + 12);         \
        NEED(mmio_atomic_u##bits##_and(map, 8, high + 8, &v, NULL) == MMIO_OK && v == high + 10);  \
        NEED(mmio_atomic_u##bits##_or(map, 8, 3, &v, NULL) == MMIO_OK && v == high + 8);           \
        NEED(mmio_atomic_u##bits##_xor(map, 8, high, &v, NULL) == MMIO_OK && v == high + 11);      \
        NEED(mmio_atomic_u##bits##_exchange(map, 8, 20, &v, NULL) == MMIO_OK && v == 11);          \
        NEED(mmio_atomic_u##bits##_compare_exchange(map, 8, 19, 21, &v, NULL) == MMIO_OK);         \
        NEED(v == 20);                                                                             \
        NEED(mmio_atomic_u##bits##_compare_exchange(map, 8, 20, 21, &v, NULL) == MMIO_OK);         \
        NEED(v == 20);                                                                             \
        NEED(mmio_atomic_u##bits##_load(map, 8, &v, NULL) == MMIO_OK && v == 21);                  \
        NEED(mmio_atomic_u##bits##_load(map, page, &v, NULL) == MMIO_ERR_FAULT && v == 0);         \
        NEED(mmio_atomic_u##bits##_store(map, page, 1, NULL) == MMIO_ERR_FAULT);                   \
        NEED(mmio_atomic_u##bits##_add(map, page, 1, &v, NULL) == MMIO_ERR_FAULT && v == 0);       \
        NEED(mmio_atomic_u##bits##_or(map, page, 1, &v, NULL) == MMIO_ERR_FAULT && v == 0);        \
        NEED(mmio_atomic_u##bits##_compare_exchange(map, page, 0, 1, &v, NULL) == MMIO_ERR_FAULT); \
    } while (0)

static void check_cells(void)
{
    mmio_map *map = open_cut(MMIO_MODE_RW);
    CHECK_CELLS(32);
    CHECK_CELLS(64);
    mmio_map_close(map);
}

static void check_views(void)
{
    mmio_map *map = open_cut(MMIO_MODE_RO);
    mmio_view view;
    NEED(mmio_view_acquire(map, 0, 4 * page, 0, &view, NULL) == MMIO_OK);
    const volatile unsigned char *bytes = view.data;
    unsigned long sum = 0;
    for (uint64_t i = page; i < 4 * page; i++) {
        sum += bytes[i];
    }
    NEED(sum == 0);
    NEED(mmio_map_check_faults(map, NULL) == MMIO_ERR_FAULT);
    mmio_view_release(&view);
    mmio_map_close(map);
}

/* Writes are told from reads: this map allows neither, the other reads only. */
static void check_death(uint32_t mode, int writes)
{
    const pid_t child = fork();
    if (child == 0) {
        mmio_map *map = open_cut(mode);
        void *data = NULL;
        NEED(mmio_map_data(map, (const void **)&data, NULL) == MMIO_OK);
        volatile unsigned char *byte = (volatile unsigned char *)data + page;
        if (writes) {
            *byte = 1;
        }
        _exit(*byte);
    }
    int status = 0;
    NEED(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
}

int main(void)
{
    page = mmio_page_size();
    const int fd = mkstemp(path);
    NEED(fd >= 0 && close(fd) == 0);
    NEED(mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL) == MMIO_OK);
    check_copies();
    check_cells();
    check_views();
    check_death(MMIO_MODE_RW, 0);
    check_death(MMIO_MODE_RW, 1);
    NEED(unlink(path) == 0);
    (void)printf("accesses: %lu checks, nothing is wrong\n", checks);
    return 0;
}
