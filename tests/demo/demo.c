/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's worker in C. demo.py says what it is asked and what it answers. */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mmio.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024 };

static mmio_error error;
static mmio_map *held;
static mmio_view held_view;

static void check(mmio_status status)
{
    if (status != MMIO_OK) {
        errx(1, "%s", error.message);
    }
}

static uint64_t number(const char *word)
{
    return strtoull(word, NULL, 10);
}

static mmio_map *open_map(const char *path, uint32_t mode)
{
    const mmio_open_options options = {.struct_size = sizeof options, .mode = mode};
    mmio_map *map = NULL;
    check(mmio_map_open(path, &options, &map, &error));
    return map;
}

typedef struct {
    EVP_MD_CTX *sha256;
    uint64_t newlines;
} tally;

static tally start_tally(void)
{
    tally sum = {.sha256 = EVP_MD_CTX_new()};
    EVP_DigestInit_ex(sum.sha256, EVP_sha256(), NULL);
    return sum;
}

static void count(tally *sum, const char *bytes, size_t size)
{
    EVP_DigestUpdate(sum->sha256, bytes, size);
    for (size_t i = 0; i < size; i++) {
        sum->newlines += bytes[i] == '\n';
    }
}

static void print_tally(tally *sum)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(sum->sha256, digest, &size);
    EVP_MD_CTX_free(sum->sha256);
    printf("newlines=%" PRIu64 " sha256=", sum->newlines);
    for (unsigned int i = 0; i < size; i++) {
        printf("%02x", digest[i]);
    }
}

static void scan_map(char **words)
{
    mmio_map *map = open_map(words[1], MMIO_MODE_RO);
    tally sum = start_tally();
    mmio_walk walk;
    void *bytes = NULL;
    uint64_t size = 0;
    check(mmio_walk_begin(map, BLOCK, 0, &walk, &error));
    while (mmio_walk_next(&walk, &bytes, &size)) {
        count(&sum, bytes, size);
    }
    mmio_walk_end(&walk);
    mmio_map_close(map);
    print_tally(&sum);
}

static void scan_read(char **words)
{
    static char block[BLOCK];
    const int file = open(words[1], O_RDONLY);
    if (file < 0) {
        err(1, "%s", words[1]);
    }
    tally sum = start_tally();
    ssize_t size = 0;
    while ((size = read(file, block, BLOCK)) > 0) {
        count(&sum, block, (size_t)size);
    }
    if (size < 0) {
        err(1, "%s", words[1]);
    }
    close(file);
    print_tally(&sum);
}

static void add(char **words)
{
    mmio_map *map = open_map(words[1], MMIO_MODE_RW);
    const uint64_t gate = number(words[2]);
    const uint64_t workers = number(words[3]);
    const uint64_t cell = number(words[4]);
    const uint64_t times = number(words[5]);
    uint64_t arrived = 0;
    uint64_t first = 0;
    check(mmio_atomic_u64_add(map, gate, 1, NULL, &error));
    while (arrived < workers) {
        check(mmio_atomic_u64_load(map, gate, &arrived, &error));
    }
    check(mmio_atomic_u64_add(map, cell, 1, &first, &error));
    uint64_t last = first;
    for (uint64_t i = 1; i < times; i++) {
        check(mmio_atomic_u64_add(map, cell, 1, &last, &error));
    }
    mmio_map_close(map);
    printf("first=%" PRIu64 " last=%" PRIu64, first, last);
}

static void hold(char **words)
{
    held = open_map(words[1], MMIO_MODE_RW);
    check(mmio_view_acquire(held, number(words[2]), number(words[3]), 0, &held_view, &error));
}

static void look(char **words)
{
    uint64_t value = 0;
    check(mmio_atomic_u64_load(held, number(words[1]), &value, &error));
    printf("address=%p cell=%" PRIu64 " ", held_view.data, value);
    tally sum = start_tally();
    count(&sum, held_view.data, held_view.size);
    print_tally(&sum);
}

/* Grows the map under its view and those of the others, then changes the last byte they see, and
 * fills as many bytes at the new end. */
static void grow(char **words)
{
    const uint64_t size = number(words[1]);
    mmio_view view;
    check(mmio_map_resize(held, size, 0, &error));
    check(mmio_view_acquire(held, 0, size, MMIO_VIEW_WRITE, &view, &error));
    char *bytes = view.data;
    bytes[held_view.size - 1] = (char)number(words[2]);
    for (uint64_t i = 0; i < held_view.size; i++) {
        bytes[size - held_view.size + i] = (char)(i % 251);
    }
    mmio_view_release(&view);
}

static void flush(char **words)
{
    (void)words;
    check(mmio_map_flush(held, MMIO_FLUSH_DATA, &error));
}

static const struct {
    const char *name;
    void (*run)(char **words);
} commands[] = {
    {"scan_map", scan_map}, {"scan_read", scan_read}, {"add", add},     {"hold", hold},
    {"look", look},         {"grow", grow},           {"flush", flush},
};

static void answer(char **words)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(words[0], commands[i].name) == 0) {
            commands[i].run(words);
            return;
        }
    }
    errx(1, "unknown command: %s", words[0]);
}

int main(void)
{
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *words[6] = {strtok(line, " \n")};
        for (size_t i = 1; i < 6; i++) {
            words[i] = strtok(NULL, " \n");
        }
        answer(words);
        putchar('\n');
        fflush(stdout);
    }
    return 0;
}
