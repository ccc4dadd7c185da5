/* SPDX-License-Identifier: Apache-2.0 */
/* Copying. */
#include <stdatomic.h>
#include <stdlib.h>

#include "testee.h"

static void do_read(const step *s)
{
    const uint64_t offset = number_at(s, 1);
    const size_t size = (size_t)number_at(s, 2);
    /* What is too long for the map is refused before the buffer is touched. */
    char *buffer = allocate(size <= mmio_map_size(s->map) ? size : 0);
    const mmio_status status = is_verb(s, "read_within")
                                   ? mmio_map_read_within(s->map, offset, buffer, size,
                                                          signed_number(s->fields[3]), &last_error)
                                   : mmio_map_read(s->map, offset, buffer, size, &last_error);
    if (is_verb(s, "read_adler")) {
        say_adler(status, buffer, size);
    } else {
        say_hex(status, "hex", buffer, size);
    }
}

static void do_write(const step *s)
{
    const uint64_t offset = number_at(s, 1);
    size_t size;
    const char *data = bytes(s->fields[2], &size);
    say_done(is_verb(s, "write_within")
                 ? mmio_map_write_within(s->map, offset, data, size, signed_number(s->fields[3]),
                                         &last_error)
                 : mmio_map_write(s->map, offset, data, size, &last_error));
}

static void do_write_pattern(const step *s)
{
    const size_t size = (size_t)number_at(s, 2);
    uint64_t x = number_at(s, 3);
    unsigned char *data = allocate(size);
    for (size_t i = 0; i < size; i++) {
        x = x * 16807 % 2147483647;
        data[i] = (unsigned char)(x % 256);
    }
    say_done(mmio_map_write(s->map, number_at(s, 1), data, size, &last_error));
}

/* Writes the whole map again and again. */
typedef struct writer {
    mmio_map *map;
    _Atomic bool is_over;
} writer;

static void *write_again(void *argument)
{
    writer *w = argument;
    const size_t size = (size_t)mmio_map_size(w->map);
    char *data = calloc(1, size);
    while (data != NULL && !atomic_load(&w->is_over)) {
        (void)mmio_map_write(w->map, 0, data, size, NULL);
    }
    free(data);
    return NULL;
}

static void do_beside_writes(const step *s)
{
    const int64_t timeout_ms = signed_number(s->fields[1]);
    const uint64_t last = mmio_map_size(s->map) - 1;
    writer w = {.map = s->map};
    char byte = 0;
    mmio_status status;
    pthread_t thread;
    start(&thread, write_again, &w);
    do {
        status = is_verb(s, "read_beside_writes")
                     ? mmio_map_read_within(s->map, last, &byte, 1, timeout_ms, &last_error)
                     : mmio_map_write_within(s->map, last, &byte, 1, timeout_ms, &last_error);
    } while (status == MMIO_OK);
    atomic_store(&w.is_over, true);
    pthread_join(thread, NULL);
    say_done(status);
}

const verb copy_verbs[] = {
    {"read", 3, MAP_FIRST, do_read},
    {"read_adler", 3, MAP_FIRST, do_read},
    {"read_within", 4, MAP_FIRST, do_read},
    {"write", 3, MAP_FIRST, do_write},
    {"write_pattern", 4, MAP_FIRST, do_write_pattern},
    {"write_within", 4, MAP_FIRST, do_write},
    {"read_beside_writes", 2, MAP_FIRST, do_beside_writes},
    {"write_beside_writes", 2, MAP_FIRST, do_beside_writes},
    {NULL, 0, NOTHING, NULL},
};
