/* SPDX-License-Identifier: Apache-2.0 */
/* The reference testee: carries out one conformance step per line, through the C API. The protocol
 * is written in api/conformance/README.md. */
#define _DEFAULT_SOURCE
#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mmio.h"

#define FIELDS_MOST 16
#define ENTRIES_MOST 32
#define NAME_SIZE 32
#define OPTIONS_SIZE_MOST 8192
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a case gave a name to: a map, a view, or a resize on a thread of its own. */
typedef struct entry {
    char name[NAME_SIZE];
    mmio_map *map; /* Kept when it is closed, so that the library answers for it. */
    mmio_view view;
    bool is_live; /* Of a view: not yet released. */
    bool is_writable;
    pthread_t thread;
    uint64_t size;
    int64_t timeout_ms;
    mmio_status status;
    mmio_error error;
} entry;

/* One step: its words, and what the verb works on. */
typedef struct step {
    const char *verb;
    char *fields[FIELDS_MOST];
    char *options[FIELDS_MOST];
    size_t field_count;
    size_t option_count;
    mmio_map *map;
    entry *view;
} step;

static entry entries[ENTRIES_MOST];

/* Memory that lives until the step was answered. */
static void *scratch[FIELDS_MOST];
static size_t scratch_count;

/* Written by the step's call, if that fails. */
static mmio_error last_error;

/* A case that asks for nonsense is a mistake in the case: leave, and so fail it. */
static _Noreturn void die(const char *problem, const char *word)
{
    fprintf(stderr, "testee: %s: %s\n", problem, word);
    exit(EXIT_FAILURE);
}

static void *allocate(size_t size)
{
    void *memory = calloc(size + 1, 1);
    if (memory == NULL || scratch_count == FIELDS_MOST) {
        die("out of memory", "calloc");
    }
    scratch[scratch_count++] = memory;
    return memory;
}

static void free_scratch(void)
{
    while (scratch_count > 0) {
        free(scratch[--scratch_count]);
    }
}

static bool is_verb(const step *s, const char *verb)
{
    return strcmp(s->verb, verb) == 0;
}

/* An empty entry if the name is new. */
static entry *entry_named(const char *name)
{
    for (entry *e = entries; e < entries + ENTRIES_MOST && strlen(name) < NAME_SIZE; e++) {
        if (e->name[0] == '\0') {
            strcpy(e->name, name);
        }
        if (strcmp(e->name, name) == 0) {
            return e;
        }
    }
    die("too many names, or too long a one", name);
}

/* Reading fields. */

static uint64_t number(const char *text)
{
    char *end;
    const uint64_t value = strtoull(text, &end, 10);
    if (end == text || *end != '\0') {
        die("not a number", text);
    }
    return value;
}

/* Time-outs and statuses may be negative. */
static int64_t signed_number(const char *text)
{
    return text[0] == '-' ? -(int64_t)number(text + 1) : (int64_t)number(text);
}

static uint64_t number_at(const step *s, size_t field)
{
    return number(s->fields[field]);
}

/* The bytes of a hex field; a NUL behind them makes a path a string. */
static char *bytes(const char *hex, size_t *out_size)
{
    *out_size = strlen(hex) / 2;
    unsigned char *decoded = allocate(*out_size);
    for (size_t i = 0; i < *out_size; i++) {
        if (sscanf(hex + 2 * i, "%2hhx", &decoded[i]) != 1) {
            die("not hex", hex);
        }
    }
    return (char *)decoded;
}

static const char *path_of(const char *hex)
{
    size_t size;
    return bytes(hex, &size);
}

/* Value of a "key=value" field; NULL if the step has none. */
static char *option(const step *s, const char *key)
{
    const size_t length = strlen(key);
    for (size_t i = 0; i < s->option_count; i++) {
        if (strncmp(s->options[i], key, length) == 0 && s->options[i][length] == '=') {
            return s->options[i] + length + 1;
        }
    }
    return NULL;
}

static uint64_t number_option(const step *s, const char *key)
{
    const char *text = option(s, key);
    return text != NULL ? number(text) : 0;
}

/* In the order of their numbers in the headers. */
static const char *const modes[] = {"default", "ro", "rw", "cow", "cow_rw"};
static const char *const dispositions[] = {"open", "create", "create_new", "open_or_create"};
static const char *const touches[] = {"never", "eager", "lazy"};
static const char *const kinds[] = {"", "file", "anonymous"};
static const char *const levels[] = {"data", "start", "full"};
static const char *const flag_names[] = {"allocate", "nofollow", "beneath"};

/* A word's place in its list, or the number that stands there instead; 0 without a word. */
static uint32_t choice(const char *word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count && word != NULL; i++) {
        if (strcmp(word, list[i]) == 0) {
            return (uint32_t)i;
        }
    }
    return word != NULL ? (uint32_t)number(word) : 0;
}

#define CHOICE(word, list) choice(word, list, COUNT(list))

static uint32_t flags_of(char *words)
{
    uint32_t flags = 0;
    for (char *word = strsep(&words, "+"); word != NULL; word = strsep(&words, "+")) {
        flags |= isdigit((unsigned char)word[0]) ? (uint32_t)number(word)
                                                 : UINT32_C(1) << CHOICE(word, flag_names);
    }
    return flags;
}

static mmio_open_options *options_of(const step *s)
{
    mmio_open_options *options = allocate(sizeof *options);
    options->struct_size = sizeof *options;
    options->mode = CHOICE(option(s, "mode"), modes);
    options->disposition = CHOICE(option(s, "disposition"), dispositions);
    options->flags = flags_of(option(s, "flags"));
    options->size = number_option(s, "size");
    options->reserve = number_option(s, "reserve");
    options->permissions = (uint32_t)number_option(s, "permissions");
    options->touch = CHOICE(option(s, "touch"), touches);
    return options;
}

/* Answering. */

static void say_failure(const char *status, const char *message)
{
    printf("err\t%s\t", status);
    for (; *message != '\0'; message++) {
        putchar(iscntrl((unsigned char)*message) ? '?' : *message);
    }
    putchar('\n');
}

/* The outcome of a call; if it went well with the answer's fields, tabs between them. */
__attribute__((format(printf, 2, 3))) static void say(mmio_status status, const char *format, ...)
{
    if (last_error.status != status) {
        say_failure("EXCEPTION", "the error record and the returned status differ");
    } else if (status != MMIO_OK) {
        say_failure(mmio_status_name(status), last_error.message);
    } else {
        va_list fields;
        va_start(fields, format);
        fputs("ok\t", stdout);
        vprintf(format, fields);
        putchar('\n');
        va_end(fields);
    }
}

static void say_done(mmio_status status)
{
    status == MMIO_OK ? (void)puts("ok") : say(status, "%s", "");
}

static void say_value(uint64_t value)
{
    say(MMIO_OK, "value=%" PRIu64, value);
}

static void say_hex(mmio_status status, const char *key, const char *data, size_t size)
{
    char *hex = allocate(status == MMIO_OK ? 2 * size : 0);
    for (size_t i = 0; i < size && status == MMIO_OK; i++) {
        sprintf(hex + 2 * i, "%02x", (unsigned)(unsigned char)data[i]);
    }
    say(status, "%s=%s", key, hex);
}

static void say_size(mmio_status status, uint64_t size)
{
    say(status, "size=%" PRIu64, size);
}

static void say_opened(mmio_status status, const step *s, mmio_map *map)
{
    entry *opened = entry_named(s->fields[0]);
    mmio_map_close(opened->map);
    opened->map = map;
    say(status, "size=%" PRIu64 "\tmode=%s", mmio_map_size(map), modes[mmio_map_mode(map)]);
}

static uint32_t adler_more(uint32_t adler, const void *data, uint64_t size)
{
    uint32_t a = adler & 0xffff;
    uint32_t b = adler >> 16;
    for (uint64_t i = 0; i < size; i++) {
        a = (a + ((const unsigned char *)data)[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static void say_adler(mmio_status status, const void *data, uint64_t size)
{
    say(status, "adler=%" PRIu32, status == MMIO_OK ? adler_more(1, data, size) : 0);
}

/* Verbs, in the order of the README. */

/* One that is no more than its answer. */
#define ANSWER(verb, answer)                                                                       \
    static void do_##verb(const step *s)                                                           \
    {                                                                                              \
        (void)s;                                                                                   \
        answer;                                                                                    \
    }

static void do_open(const step *s)
{
    mmio_map *map;
    const mmio_status status =
        mmio_map_open(path_of(s->fields[1]), options_of(s), &map, &last_error);
    say_opened(status, s, map);
}

static void do_anonymous(const step *s)
{
    mmio_map *map;
    const mmio_status status =
        mmio_map_anonymous(number_at(s, 1), options_of(s), &map, &last_error);
    say_opened(status, s, map);
}

static void do_from_handle(const step *s)
{
    const char *path = path_of(s->fields[1]);
    const char *access = option(s, "access");
    const bool is_writable = access != NULL && strcmp(access, "rw") == 0;
    const int fd = open(path, (is_writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    mmio_map *map;
    const mmio_status status = mmio_map_from_handle(fd, path, options_of(s), &map, &last_error);
    if (status != MMIO_OK && close(fd) != 0) {
        die("from_handle failed, and the handle is gone", path);
    }
    say_opened(status, s, map);
}

static void do_into_handle(const step *s)
{
    intptr_t handle;
    const mmio_status status = mmio_map_into_handle(s->map, &handle, &last_error);
    struct stat facts = {.st_size = 0};
    if (status == MMIO_OK && (fstat((int)handle, &facts) != 0 || close((int)handle) != 0)) {
        die("the handle taken back is bad", s->fields[0]);
    }
    say_size(status, (uint64_t)facts.st_size);
}

ANSWER(size, say_size(MMIO_OK, mmio_map_size(s->map)))
ANSWER(mode, say(MMIO_OK, "mode=%s", modes[mmio_map_mode(s->map)]))
ANSWER(pending, say(MMIO_OK, "pending=%" PRIu64, mmio_map_pending(s->map)))

static void do_path(const step *s)
{
    const char *path = mmio_map_path(s->map);
    say_hex(MMIO_OK, "path", path, strlen(path));
}

static void do_info(const step *s)
{
    mmio_map_info info = {.struct_size = sizeof info};
    const mmio_status status = mmio_map_get_info(s->map, &info, &last_error);
    say(status,
        "kind=%s\tmode=%s\tsize=%" PRIu64 "\tviews=%" PRIu64 "\tpending=%" PRIu64
        "\tholders=%" PRIu32,
        kinds[info.kind], modes[info.mode], info.size, info.views, info.pending, info.holders);
}

static void do_resize(const step *s)
{
    const mmio_status status =
        mmio_map_resize(s->map, number_at(s, 1), signed_number(s->fields[2]), &last_error);
    say_size(status, mmio_map_size(s->map));
}

static void *resize(void *argument)
{
    entry *job = argument;
    job->status = mmio_map_resize(job->map, job->size, job->timeout_ms, &job->error);
    return NULL;
}

static void start(pthread_t *out_thread, void *(*body)(void *), void *argument)
{
    if (pthread_create(out_thread, NULL, body, argument) != 0) {
        die("cannot start a thread", "pthread_create");
    }
}

static void do_resize_start(const step *s)
{
    entry *job = entry_named(s->fields[0]);
    job->map = mmio_map_retain(s->map);
    job->size = number_at(s, 2);
    job->timeout_ms = signed_number(s->fields[3]);
    start(&job->thread, resize, job);
    say_done(MMIO_OK);
}

static void do_join(const step *s)
{
    entry *job = entry_named(s->fields[0]);
    pthread_join(job->thread, NULL);
    last_error = job->error;
    say_size(job->status, mmio_map_size(job->map));
}

ANSWER(close, say_done(mmio_map_shutdown(s->map, &last_error)))

static void say_view(mmio_status status, entry *v, bool is_writable)
{
    v->is_live = status == MMIO_OK;
    v->is_writable = is_writable;
    say_size(status, v->view.size);
}

static void do_view(const step *s)
{
    entry *v = entry_named(s->fields[0]);
    const uint32_t flags = number_option(s, "write") == 1 ? MMIO_VIEW_WRITE : 0;
    const mmio_status status =
        mmio_view_acquire(s->map, number_at(s, 2), number_at(s, 3), flags, &v->view, &last_error);
    say_view(status, v, flags != 0);
}

static void do_get(const step *s)
{
    const char *data = s->view->view.data;
    say_hex(MMIO_OK, "hex", data + number_at(s, 1), (size_t)number_at(s, 2));
}

static void do_put(const step *s)
{
    if (!s->view->is_writable) {
        say_failure("MMIO_ERR_MODE", "the view is read-only");
        return;
    }
    size_t size;
    const char *data = bytes(s->fields[2], &size);
    memcpy((char *)s->view->view.data + number_at(s, 1), data, size);
    say_done(MMIO_OK);
}

ANSWER(adler, say_adler(MMIO_OK, s->view->view.data, s->view->view.size))
ANSWER(address, say(MMIO_OK, "address=%" PRIuPTR, (uintptr_t)s->view->view.data))

static void *release(void *argument)
{
    entry *v = argument;
    mmio_view_release(&v->view);
    v->is_live = false;
    return NULL;
}

static void do_release(const step *s)
{
    if (is_verb(s, "release_elsewhere")) {
        pthread_t thread;
        start(&thread, release, s->view);
        pthread_join(thread, NULL);
    } else {
        release(s->view);
    }
    say_done(MMIO_OK);
}

static void do_walk(const step *s)
{
    const char *fill = option(s, "fill");
    mmio_walk walk;
    const mmio_status status = mmio_walk_begin(
        s->map, number_at(s, 1), fill != NULL ? MMIO_VIEW_WRITE : 0, &walk, &last_error);
    const uint64_t promised = walk.chunk_count;
    uint64_t count = 0;
    uint64_t last = 0;
    uint32_t adler = 1;
    void *data;
    for (uint64_t size; mmio_walk_next(&walk, &data, &size) == 1; count++) {
        if (fill != NULL) {
            memset(data, (int)number(fill), (size_t)size);
        }
        adler = adler_more(adler, data, size);
        last = size;
    }
    mmio_walk_end(&walk);
    if (count != promised) {
        die("the walk did not keep to its number of chunks", s->fields[0]);
    }
    say(status, "count=%" PRIu64 "\tlast=%" PRIu64 "\tadler=%" PRIu32, count, last, adler);
}

static void do_read(const step *s)
{
    const size_t size = (size_t)number_at(s, 2);
    /* What is too long for the map is refused before the buffer is touched. */
    char *buffer = allocate(size <= mmio_map_size(s->map) ? size : 0);
    const mmio_status status = (is_verb(s, "try_read") ? mmio_map_try_read : mmio_map_read)(
        s->map, number_at(s, 1), buffer, size, &last_error);
    if (is_verb(s, "read_adler")) {
        say_adler(status, buffer, size);
    } else {
        say_hex(status, "hex", buffer, size);
    }
}

static void do_write(const step *s)
{
    size_t size;
    const char *data = bytes(s->fields[2], &size);
    say_done((is_verb(s, "try_write") ? mmio_map_try_write : mmio_map_write)(
        s->map, number_at(s, 1), data, size, &last_error));
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

ANSWER(flush, say_done(mmio_map_flush(s->map, CHOICE(s->fields[1], levels), &last_error)))

static void do_flush_range(const step *s)
{
    say_done(mmio_map_flush_range(s->map, number_at(s, 1), number_at(s, 2),
                                  CHOICE(s->fields[3], levels), &last_error));
}

/* Entries of a batch, from the fields behind the map: pairs of an offset and a size, or bytes. */
static size_t batch_of(const step *s, mmio_io *entries_out, bool is_write)
{
    const size_t count = (s->field_count - 1) / 2;
    for (size_t i = 0; i < count; i++) {
        const char *second = s->fields[2 + 2 * i];
        size_t size = 0;
        char *data = is_write ? bytes(second, &size) : NULL;
        if (!is_write) {
            size = (size_t)number(second);
            data = allocate(size <= mmio_map_size(s->map) ? size : 0);
        }
        entries_out[i] = (mmio_io){number_at(s, 1 + 2 * i), size, data, MMIO_OK, 0};
    }
    return count;
}

static void do_batch(const step *s)
{
    mmio_io batch[FIELDS_MOST];
    const bool is_write = is_verb(s, "write_batch");
    const size_t count = batch_of(s, batch, is_write);
    const mmio_status status = is_write ? mmio_map_write_batch(s->map, batch, count, &last_error)
                                        : mmio_map_read_batch(s->map, batch, count, &last_error);
    if (count == 0) {
        say_done(status);
        return;
    }
    /* Every entry has an answer of its own, so the step as a whole succeeds. */
    printf("ok\tstatuses=");
    for (size_t i = 0; i < count; i++) {
        printf("%s%s", i == 0 ? "" : "+", mmio_status_name(batch[i].status));
    }
    printf("\thex=");
    for (size_t i = 0; i < count && !is_write; i++) {
        const unsigned char *data = batch[i].data;
        for (size_t at = 0; at < batch[i].size && batch[i].status == MMIO_OK; at++) {
            printf("%02x", (unsigned)data[at]);
        }
    }
    putchar('\n');
}

static void do_fill(const step *s)
{
    say_done(mmio_map_fill(s->map, number_at(s, 1), number_at(s, 2), (uint32_t)number_at(s, 3),
                           &last_error));
}

static void do_copy(const step *s)
{
    say_done(mmio_map_copy(s->map, number_at(s, 1), entry_named(s->fields[2])->map, number_at(s, 3),
                           number_at(s, 4), &last_error));
}

static void do_find(const step *s)
{
    size_t size;
    const char *pattern = bytes(s->fields[3], &size);
    uint64_t found;
    const mmio_status status =
        mmio_map_find(s->map, number_at(s, 1), number_at(s, 2), pattern, size, &found, &last_error);
    if (found == UINT64_MAX) {
        say(status, "offset=%s", "none");
    } else {
        say(status, "offset=%" PRIu64, found);
    }
}

static const char *const advices[] = {"normal", "random", "sequential", "will_need", "dont_need"};

static void do_advise(const step *s)
{
    say_done(mmio_map_advise(s->map, number_at(s, 1), number_at(s, 2),
                             CHOICE(s->fields[3], advices), &last_error));
}

static void do_touch(const step *s)
{
    const uint32_t flags = number_option(s, "write") == 1 ? MMIO_POPULATE_WRITE : 0;
    say_done(
        mmio_map_touch(s->map, number_at(s, 1), number_at(s, 2), flags, NULL, NULL, &last_error));
}

static void do_residency(const step *s)
{
    mmio_residency residency = {.struct_size = sizeof residency};
    const mmio_status status =
        mmio_map_residency(s->map, number_at(s, 1), number_at(s, 2), &residency, &last_error);
    say(status, "pages=%" PRIu64 "\tcached=%" PRIu64 "\tdirty=%" PRIu64, residency.pages,
        residency.cached, residency.dirty + residency.write_back);
}

/* Verbs that take a range and nothing else. */
#define ON_RANGE(verb, function)                                                                   \
    ANSWER(verb, say_done(function(s->map, number_at(s, 1), number_at(s, 2), &last_error)))

ON_RANGE(zero, mmio_map_zero)
ON_RANGE(prefetch, mmio_map_prefetch)
ON_RANGE(evict, mmio_map_evict)
ON_RANGE(lock_memory, mmio_map_lock_memory)
ON_RANGE(unlock_memory, mmio_map_unlock_memory)

#define IF_FETCH(bits, operation)                                                                  \
    if (strcmp(name, #operation) == 0) {                                                           \
        return mmio_atomic_u##bits##_##operation(map, offset, value, out, &last_error);            \
    }

/* One operation of either width; `*out` is what the answer tells. */
#define DEFINE_ATOMIC(bits)                                                                        \
    static mmio_status atomic##bits(mmio_map *map, const char *name, uint64_t offset,              \
                                    uint##bits##_t value, uint##bits##_t desired,                  \
                                    uint##bits##_t *out)                                           \
    {                                                                                              \
        IF_FETCH(bits, exchange)                                                                   \
        IF_FETCH(bits, add)                                                                        \
        IF_FETCH(bits, sub)                                                                        \
        IF_FETCH(bits, and)                                                                        \
        IF_FETCH(bits, or)                                                                         \
        IF_FETCH(bits, xor)                                                                        \
        if (strcmp(name, "load") == 0) {                                                           \
            return mmio_atomic_u##bits##_load(map, offset, out, &last_error);                      \
        }                                                                                          \
        if (strcmp(name, "store") == 0) {                                                          \
            return mmio_atomic_u##bits##_store(map, offset, value, &last_error);                   \
        }                                                                                          \
        return mmio_atomic_u##bits##_compare_exchange(map, offset, value, desired, out,            \
                                                      &last_error);                                \
    }

DEFINE_ATOMIC(32)
DEFINE_ATOMIC(64)

static void do_atomic(const step *s)
{
    const char *name = s->fields[2];
    const uint64_t offset = number_at(s, 3);
    const uint64_t value = s->field_count > 4 ? number_at(s, 4) : 0;
    const uint64_t desired = s->field_count > 5 ? number_at(s, 5) : 0;
    uint32_t out32 = 0;
    uint64_t out = 0;
    mmio_status status;
    if (number_at(s, 1) == 32) {
        status = atomic32(s->map, name, offset, (uint32_t)value, (uint32_t)desired, &out32);
        out = out32;
    } else {
        status = atomic64(s->map, name, offset, value, desired, &out);
    }
    if (strcmp(name, "store") == 0) {
        say_done(status);
    } else {
        say(status, "%s=%" PRIu64, strcmp(name, "load") == 0 ? "value" : "before", out);
    }
}

static void do_run(const step *s)
{
    entry *v = entry_named(s->fields[0]);
    const uint32_t cell_size = (uint32_t)number_at(s, 4) / 8;
    const mmio_status status = mmio_atomic_acquire(s->map, number_at(s, 2), number_at(s, 3),
                                                   cell_size, &v->view, &last_error);
    say_view(status, v, true);
}

ANSWER(page_size, say_value(mmio_page_size()))
ANSWER(map_granularity, say_value(mmio_map_granularity()))
ANSWER(max_size, say_value(mmio_max_size()))
ANSWER(version, say(MMIO_OK, "version=%s", mmio_version_string()))
ANSWER(has, say_value((uint64_t)mmio_has((uint32_t)number_at(s, 0))))

static void do_status_name(const step *s)
{
    const char *name = mmio_status_name((mmio_status)signed_number(s->fields[0]));
    say(MMIO_OK, "name=%s", name != NULL ? name : "");
}

static void do_null_map(const step *s)
{
    (void)s;
    char byte;
    if (mmio_map_size(NULL) != 0) {
        die("NULL has a size", "mmio_map_size");
    }
    say_done(mmio_map_read(NULL, 0, &byte, 1, &last_error));
}

static void do_null_path(const step *s)
{
    (void)s;
    mmio_map *map;
    say_done(mmio_map_open(NULL, NULL, &map, &last_error));
}

static void do_raw_options(const step *s)
{
    mmio_open_options *options = allocate(OPTIONS_SIZE_MOST);
    memset(options, (int)number_at(s, 2), OPTIONS_SIZE_MOST);
    *options = (mmio_open_options){.struct_size = (uint32_t)number_at(s, 1)};
    mmio_map *map;
    say_done(mmio_map_open(path_of(s->fields[0]), options, &map, &last_error));
    mmio_map_close(map);
}

/* Carrying out steps. */

/* The field that names what the verb works on. */
typedef enum subject { NOTHING, MAP_FIRST, MAP_SECOND, VIEW_FIRST } subject;

static const struct verb {
    const char *name;
    size_t fields_least;
    subject subject;
    void (*run)(const step *s);
} verbs[] = {
    {"open", 2, NOTHING, do_open},
    {"anonymous", 2, NOTHING, do_anonymous},
    {"from_handle", 2, NOTHING, do_from_handle},
    {"into_handle", 1, MAP_FIRST, do_into_handle},
    {"size", 1, MAP_FIRST, do_size},
    {"mode", 1, MAP_FIRST, do_mode},
    {"path", 1, MAP_FIRST, do_path},
    {"pending", 1, MAP_FIRST, do_pending},
    {"info", 1, MAP_FIRST, do_info},
    {"resize", 3, MAP_FIRST, do_resize},
    {"resize_start", 4, MAP_SECOND, do_resize_start},
    {"join", 1, NOTHING, do_join},
    {"close", 1, MAP_FIRST, do_close},
    {"view", 4, MAP_SECOND, do_view},
    {"get", 3, VIEW_FIRST, do_get},
    {"put", 3, VIEW_FIRST, do_put},
    {"adler", 1, VIEW_FIRST, do_adler},
    {"address", 1, VIEW_FIRST, do_address},
    {"release", 1, VIEW_FIRST, do_release},
    {"release_elsewhere", 1, VIEW_FIRST, do_release},
    {"walk", 2, MAP_FIRST, do_walk},
    {"read", 3, MAP_FIRST, do_read},
    {"read_adler", 3, MAP_FIRST, do_read},
    {"write", 3, MAP_FIRST, do_write},
    {"write_pattern", 4, MAP_FIRST, do_write_pattern},
    {"try_read", 3, MAP_FIRST, do_read},
    {"try_write", 3, MAP_FIRST, do_write},
    {"flush", 2, MAP_FIRST, do_flush},
    {"flush_range", 4, MAP_FIRST, do_flush_range},
    {"read_batch", 1, MAP_FIRST, do_batch},
    {"write_batch", 1, MAP_FIRST, do_batch},
    {"fill", 4, MAP_FIRST, do_fill},
    {"zero", 3, MAP_FIRST, do_zero},
    {"copy", 5, MAP_FIRST, do_copy},
    {"find", 4, MAP_FIRST, do_find},
    {"advise", 4, MAP_FIRST, do_advise},
    {"prefetch", 3, MAP_FIRST, do_prefetch},
    {"touch", 3, MAP_FIRST, do_touch},
    {"residency", 3, MAP_FIRST, do_residency},
    {"evict", 3, MAP_FIRST, do_evict},
    {"lock_memory", 3, MAP_FIRST, do_lock_memory},
    {"unlock_memory", 3, MAP_FIRST, do_unlock_memory},
    {"atomic", 4, MAP_FIRST, do_atomic},
    {"run", 5, MAP_SECOND, do_run},
    {"page_size", 0, NOTHING, do_page_size},
    {"map_granularity", 0, NOTHING, do_map_granularity},
    {"max_size", 0, NOTHING, do_max_size},
    {"version", 0, NOTHING, do_version},
    {"status_name", 1, NOTHING, do_status_name},
    {"has", 1, NOTHING, do_has},
    {"null_map", 0, NOTHING, do_null_map},
    {"null_path", 0, NOTHING, do_null_path},
    {"raw_options", 3, NOTHING, do_raw_options},
};

static const struct verb *find_verb(const step *s)
{
    for (size_t i = 0; i < COUNT(verbs); i++) {
        if (is_verb(s, verbs[i].name)) {
            return s->field_count >= verbs[i].fields_least ? &verbs[i] : NULL;
        }
    }
    return NULL;
}

/* Cuts at the tabs; two in a row have a field between them that is empty. */
static void parse(char *rest, step *out_step)
{
    for (char *word = strsep(&rest, "\t"); word != NULL; word = strsep(&rest, "\t")) {
        if (out_step->field_count + out_step->option_count == FIELDS_MOST) {
            die("too many fields", word);
        }
        if (strchr(word, '=') != NULL) {
            out_step->options[out_step->option_count++] = word;
        } else {
            out_step->fields[out_step->field_count++] = word;
        }
    }
}

/* False if it is closed, and that was the answer. */
static bool find_subject(const struct verb *verb, step *s)
{
    if (verb->subject == NOTHING) {
        return true;
    }
    entry *found = entry_named(s->fields[verb->subject == MAP_SECOND ? 1 : 0]);
    s->map = found->map;
    s->view = found;
    if (verb->subject == VIEW_FIRST ? found->is_live : found->map != NULL) {
        return true;
    }
    say_failure("MMIO_ERR_CLOSED", "it is not there any more");
    return false;
}

static void carry_out(char *line)
{
    step s = {.verb = strsep(&line, "\t")};
    parse(line, &s);
    const struct verb *verb = find_verb(&s);
    memset(&last_error, 0, sizeof last_error);
    if (verb == NULL) {
        puts("unsupported");
    } else if (find_subject(verb, &s)) {
        verb->run(&s);
    }
    free_scratch();
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t length; (length = getline(&line, &capacity, stdin)) > 0; fflush(stdout)) {
        line[length - 1] = '\0';
        carry_out(line);
    }
    free(line);
    for (entry *e = entries; e < entries + ENTRIES_MOST; e++) {
        mmio_view_release(&e->view);
        mmio_map_close(e->map);
    }
    return EXIT_SUCCESS;
}
