/* SPDX-License-Identifier: Apache-2.0 */
#include "places.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern const char __executable_start[];

typedef struct place {
    uint64_t start;
    uint64_t end;
    const char *name;
} place;

static place *places;
static size_t place_count;

static int by_start(const void *a, const void *b)
{
    const place *left = a;
    const place *right = b;
    return left->start < right->start ? -1 : left->start > right->start;
}

static void read_symbols(const char *image, const ElfW(Shdr) * table, const char *names)
{
    const ElfW(Sym) *symbols = (const void *)(image + table->sh_offset);
    const size_t count = table->sh_size / sizeof *symbols;
    places = calloc(count, sizeof *places);
    for (size_t i = 0; places != NULL && i < count; i++) {
        if (ELF64_ST_TYPE(symbols[i].st_info) == STT_FUNC && symbols[i].st_size != 0) {
            places[place_count++] =
                (place){symbols[i].st_value, symbols[i].st_value + symbols[i].st_size,
                        names + symbols[i].st_name};
        }
    }
    qsort(places, place_count, sizeof *places, by_start);
}

bool places_read(void)
{
    const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct stat facts;
    if (fd < 0 || fstat(fd, &facts) != 0) {
        return false;
    }
    const char *image = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)close(fd);
    if (image == MAP_FAILED) {
        return false;
    }
    const ElfW(Ehdr) *header = (const void *)image;
    const ElfW(Shdr) *sections = (const void *)(image + header->e_shoff);
    for (size_t i = 0; i < header->e_shnum; i++) {
        if (sections[i].sh_type == SHT_SYMTAB) {
            read_symbols(image, &sections[i], image + sections[sections[i].sh_link].sh_offset);
        }
    }
    return place_count != 0;
}

uint64_t place_offset(const void *address)
{
    return (uint64_t)((const char *)address - __executable_start);
}

const char *place_name(const void *address)
{
    const uint64_t at = place_offset(address) - 1; /* The call, not what comes behind it. */
    size_t low = 0;
    size_t high = place_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (places[middle].end <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < place_count && places[low].start <= at ? places[low].name : "?";
}

/* Whether a name is the first word of a text; the rest of it, or NULL. */
static const char *behind(const char *text, const char *name)
{
    const size_t length = strlen(name);
    if (strncmp(text, name, length) != 0) {
        return NULL;
    }
    return text[length] == '\0'                    ? text + length
           : strncmp(text + length, " < ", 3) == 0 ? text + length + 3
                                                   : NULL;
}

static bool begins_at(const hit *h, size_t frame, const char *functions)
{
    while (functions != NULL && functions[0] != '\0') {
        if (frame == FRAMES || h->from[frame] == NULL) {
            return false;
        }
        functions = behind(functions, place_name(h->from[frame++]));
    }
    return functions != NULL;
}

bool hit_is_in(const hit *h, const char *functions)
{
    size_t frame = 0;
    while (frame < FRAMES && !begins_at(h, frame, functions)) {
        frame++;
    }
    return frame < FRAMES;
}

void hit_text(const hit *h, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s", h->call);
    for (size_t i = 0; i < 4 && h->from[i] != NULL && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, " %s %s", i == 0 ? "in" : "<",
                                 place_name(h->from[i]));
    }
    if (used < size) {
        (void)snprintf(text + used, size - used, ": %d", h->code);
    }
}
