/* SPDX-License-Identifier: Apache-2.0 */
/* A program of this version. Every literal in it is a promise: sizes, defaults, what misuse is
 * answered with, which features there are. It is frozen with each release, and run on every later
 * library of the same major version; add to it, and change nothing.
 *
 * Literals stand in place of the headers' names, so that it is their numbers that are promised. */
#include <mmio.h>

#include <stdio.h>
#include <string.h>

static int failures;

#define PROMISE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            failures++;                                                                            \
            printf("it relied on %s\n", #condition);                                               \
        }                                                                                          \
    } while (0)

/* The status and the numbers that a failing call gives. */
static mmio_error error;

static void numbers(void)
{
    PROMISE(mmio_version() >> 8 >= 1);
    PROMISE(sizeof(mmio_error) == 512);
    PROMISE(sizeof(mmio_view) == 32);
    PROMISE(sizeof(mmio_watch_event) == 64);
    PROMISE(strcmp(mmio_status_name(0), "MMIO_OK") == 0);
    PROMISE(strcmp(mmio_status_name(-3), "MMIO_ERR_RANGE") == 0);
    PROMISE(strcmp(mmio_status_name(-22), "MMIO_ERR_LOST") == 0);
    PROMISE(mmio_status_name(-9999) == NULL);
    PROMISE(mmio_status_text(-9999) != NULL);
    PROMISE(mmio_status_is_retryable(-14) == 1);
    PROMISE(mmio_status_is_retryable(-15) == 1);
    PROMISE(mmio_status_is_retryable(-1) == 0);
    PROMISE(mmio_status_is_retryable(-9999) == 0);
    PROMISE(mmio_max_size() == (sizeof(void *) == 8 ? (uint64_t)1 << 47 : (uint64_t)1 << 31));
}

/* Those that do not depend on the kernel's version. */
static void features(void)
{
    PROMISE(mmio_has(0) == 0);
    PROMISE(mmio_has(0xffffffff) == 0);
    PROMISE(mmio_has(1) == 1);
#ifdef __linux__
    PROMISE(mmio_has(3) == 1);
    PROMISE(mmio_has(5) == 1);
    PROMISE(mmio_has(7) == 1);
    PROMISE(mmio_has(8) == 1);
    PROMISE(mmio_has(9) == 1);
#endif
}

static mmio_status open_with(const mmio_open_options *options)
{
    mmio_map *map = NULL;
    const mmio_status status = mmio_map_open("data", options, &map, &error);
    mmio_map_close(map);
    return status;
}

/* What a longer struct of a later version looks like to this library, and a shorter one. */
static void sizes_of_options(void)
{
    struct {
        mmio_open_options known;
        unsigned char unknown[64];
    } longer = {.known = {.struct_size = sizeof longer}};
    PROMISE(open_with(&longer.known) == 0);
    longer.known.struct_size = 72;
    PROMISE(open_with(&longer.known) == 0);
    longer.known.struct_size = 71;
    PROMISE(open_with(&longer.known) == -1);
    longer.known.struct_size = 4097;
    PROMISE(open_with(&longer.known) == -1);
    longer.known.struct_size = sizeof longer;
    longer.unknown[63] = 1;
    PROMISE(open_with(&longer.known) == -1);
}

static void defaults(void)
{
    struct {
        mmio_map_info known;
        unsigned char beyond[64];
    } info = {.known = {.struct_size = 120}};
    mmio_map *map = NULL;
    PROMISE(mmio_map_open("data", NULL, &map, &error) == 0);
    PROMISE(mmio_map_mode(map) == 1);
    memset(info.beyond, 0xa5, sizeof info.beyond);
    PROMISE(mmio_map_get_info(map, &info.known, &error) == 0);
    PROMISE(info.known.struct_size == 120);
    PROMISE(info.known.kind == 1);
    PROMISE(info.known.size == 5000);
    PROMISE(info.known.policy == 0);
    PROMISE(info.known.holders == 1);
    PROMISE(info.beyond[0] == 0xa5);
    PROMISE(mmio_fault_guard_now() == 0);
    mmio_map_close(map);
}

static void wrong_use(void)
{
    mmio_map *map = NULL;
    char byte = 0;
    mmio_view view = {0};
    mmio_open_options options = {.struct_size = 72, .flags = 0x80000000};
    PROMISE(open_with(&options) == -1);
    options = (mmio_open_options){.struct_size = 72, .mode = 1, .disposition = 1, .size = 1};
    PROMISE(open_with(&options) == -1);
    PROMISE(mmio_map_open("missing", NULL, &map, &error) == -7 && map == NULL);
    PROMISE(error.status == -7 && error.os_code != 0 && strstr(error.message, "missing") != NULL);
    PROMISE(mmio_map_open(".", NULL, &map, NULL) == -10);
    PROMISE(mmio_map_read(NULL, 0, &byte, 1, NULL) == -1);
    PROMISE(mmio_map_open("data", NULL, &map, &error) == 0);
    PROMISE(mmio_map_read(map, 5000, &byte, 1, &error) == -3);
    PROMISE(error.offset == 5000 && error.size == 1 && error.limit == 5000);
    PROMISE(mmio_map_read(map, 9999, &byte, 0, &error) == 0);
    PROMISE(mmio_map_write(map, 0, "x", 1, &error) == -4);
    PROMISE(mmio_map_resize(map, 0, 0, &error) == -4);
    PROMISE(mmio_view_acquire(map, 0, 1, 0x1, &view, &error) == -4);
    PROMISE(mmio_view_acquire(map, 0, 1, 0x2, &view, &error) == -1);
    PROMISE(mmio_map_flush(map, 99, &error) == -1);
    PROMISE(mmio_map_shutdown(map, &error) == 0);
    PROMISE(mmio_map_read(map, 0, &byte, 1, &error) == -2);
    PROMISE(mmio_map_size(map) == 0);
    mmio_map_close(map);
    mmio_map_close(NULL);
}

static void use(void)
{
    mmio_open_options options = {.struct_size = 72, .disposition = 1, .size = 5000};
    mmio_map *map = NULL;
    mmio_view view = {0};
    uint32_t before = 99;
    PROMISE(mmio_map_open("data", &options, &map, &error) == 0);
    PROMISE(mmio_map_mode(map) == 2);
    PROMISE(mmio_map_size(map) == 5000);
    PROMISE(mmio_map_write(map, 8, "hello", 5, &error) == 0);
    PROMISE(mmio_map_pending(map) == 5);
    PROMISE(mmio_view_acquire(map, 8, 5, 0x1, &view, &error) == 0);
    PROMISE(view.size == 5 && memcmp(view.data, "hello", 5) == 0);
    PROMISE(mmio_map_resize(map, 1, 0, &error) == -14);
    PROMISE(mmio_map_resize(map, 1, -1, &error) == -16);
    mmio_view_release(&view);
    PROMISE(view.data == NULL);
    PROMISE(mmio_map_pending(map) == 10);
    PROMISE(mmio_atomic_u32_add(map, 2, 1, &before, &error) == -5 && error.limit == 4);
    PROMISE(mmio_atomic_u32_add(map, 64, 7, &before, &error) == 0 && before == 0);
    PROMISE(mmio_map_flush(map, 0, &error) == 0);
    PROMISE(mmio_map_pending(map) == 0);
    mmio_map_close(map);
    options.disposition = 2;
    PROMISE(open_with(&options) == -8);
}

int main(void)
{
    numbers();
    features();
    use();
    sizes_of_options();
    defaults();
    wrong_use();
    return failures != 0;
}
