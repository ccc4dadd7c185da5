/* SPDX-License-Identifier: Apache-2.0 */
/* The reference testee: carries out one conformance step per line, through the C API. The protocol
 * is written in api/conformance/README.md. */
#define _DEFAULT_SOURCE
#include "testee.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MOST 32

static entry entries[ENTRIES_MOST];

/* What allocate() gave out. */
static void *scratch[FIELDS_MOST];
static size_t scratch_count;

mmio_error last_error;

_Noreturn void die(const char *problem, const char *word)
{
    fprintf(stderr, "testee: %s: %s\n", problem, word);
    exit(EXIT_FAILURE);
}

void *allocate(size_t size)
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

bool is_verb(const step *s, const char *name)
{
    return strcmp(s->verb, name) == 0;
}

entry *entry_named(const char *name)
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

void keep(const char *name, void *object, void (*end)(void *object))
{
    entry *e = entry_named(name);
    if (e->object != NULL) {
        e->end(e->object);
    }
    e->object = object;
    e->end = end;
}

void start(pthread_t *out_thread, void *(*body)(void *), void *argument)
{
    if (pthread_create(out_thread, NULL, body, argument) != 0) {
        die("cannot start a thread", "pthread_create");
    }
}

/* Reading fields. */

uint64_t number(const char *text)
{
    char *end;
    const uint64_t value = strtoull(text, &end, 10);
    if (end == text || *end != '\0') {
        die("not a number", text);
    }
    return value;
}

int64_t signed_number(const char *text)
{
    return text[0] == '-' ? -(int64_t)number(text + 1) : (int64_t)number(text);
}

uint64_t number_at(const step *s, size_t field)
{
    return number(s->fields[field]);
}

char *bytes(const char *hex, size_t *out_size)
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

const char *path_of(const char *hex)
{
    size_t size;
    return bytes(hex, &size);
}

char *option(const step *s, const char *key)
{
    const size_t length = strlen(key);
    for (size_t i = 0; i < s->option_count; i++) {
        if (strncmp(s->options[i], key, length) == 0 && s->options[i][length] == '=') {
            return s->options[i] + length + 1;
        }
    }
    return NULL;
}

uint64_t number_option(const step *s, const char *key)
{
    const char *text = option(s, key);
    return text != NULL ? number(text) : 0;
}

/* In the order of their numbers in the headers. */
static const char *const modes[] = {"default", "ro", "rw", "cow", "cow_rw"};
static const char *const dispositions[] = {"open", "create", "create_new", "open_or_create"};
static const char *const touches[] = {"never", "eager", "lazy"};
static const char *const on_faults[] = {"default", "absorb", "never"};
static const char *const flag_names[] = {"allocate", "nofollow", "beneath"};

const char *mode_name(uint32_t mode)
{
    return modes[mode];
}

uint32_t choice(const char *word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count && word != NULL; i++) {
        if (strcmp(word, list[i]) == 0) {
            return (uint32_t)i;
        }
    }
    return word != NULL ? (uint32_t)number(word) : 0;
}

static uint32_t flags_of(char *words)
{
    uint32_t flags = 0;
    for (char *word = strsep(&words, "+"); word != NULL; word = strsep(&words, "+")) {
        flags |= isdigit((unsigned char)word[0]) ? (uint32_t)number(word)
                                                 : UINT32_C(1) << CHOICE(word, flag_names);
    }
    return flags;
}

mmio_open_options *options_of(const step *s)
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
    options->on_fault = CHOICE(option(s, "on_fault"), on_faults);
    return options;
}

/* Answering. */

static void put_failure(const char *status, const char *message)
{
    printf("err\t%s\t", status);
    for (; *message != '\0'; message++) {
        putchar(iscntrl((unsigned char)*message) ? '?' : *message);
    }
}

void say_failure(const char *status, const char *message)
{
    put_failure(status, message);
    putchar('\n');
}

static void say_fault(void)
{
    static const char *const causes[] = {"unknown", "truncated", "io", "no_space", "read_only"};
    put_failure(mmio_status_name(MMIO_ERR_FAULT), last_error.message);
    printf("\toffset=%" PRIu64 "\tdone=%" PRIu64 "\tcause=%s\n", last_error.offset, last_error.done,
           causes[last_error.cause]);
}

void say(mmio_status status, const char *format, ...)
{
    if (last_error.status != status) {
        say_failure("EXCEPTION", "the error record and the returned status differ");
    } else if (status == MMIO_ERR_FAULT) {
        say_fault();
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

void say_done(mmio_status status)
{
    status == MMIO_OK ? (void)puts("ok") : say(status, "%s", "");
}

void say_value(uint64_t value)
{
    say(MMIO_OK, "value=%" PRIu64, value);
}

void say_hex(mmio_status status, const char *key, const char *data, size_t size)
{
    char *hex = allocate(status == MMIO_OK ? 2 * size : 0);
    for (size_t i = 0; i < size && status == MMIO_OK; i++) {
        sprintf(hex + 2 * i, "%02x", (unsigned)(unsigned char)data[i]);
    }
    say(status, "%s=%s", key, hex);
}

uint32_t adler_more(uint32_t adler, const void *data, uint64_t size)
{
    uint32_t a = adler & 0xffff;
    uint32_t b = adler >> 16;
    for (uint64_t i = 0; i < size; i++) {
        a = (a + ((const unsigned char *)data)[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

void say_adler(mmio_status status, const void *data, uint64_t size)
{
    say(status, "adler=%" PRIu32, status == MMIO_OK ? adler_more(1, data, size) : 0);
}

void say_size(mmio_status status, uint64_t size)
{
    say(status, "size=%" PRIu64, size);
}

void say_opened(mmio_status status, const step *s, mmio_map *map)
{
    entry *opened = entry_named(s->fields[0]);
    mmio_map_close(opened->map);
    opened->map = map;
    say(status, "size=%" PRIu64 "\tmode=%s", mmio_map_size(map), mode_name(mmio_map_mode(map)));
}

void say_view(mmio_status status, entry *v, bool is_writable)
{
    v->is_live = status == MMIO_OK;
    v->is_writable = is_writable;
    say_size(status, v->view.size);
}

/* Carrying out steps. */

static const verb *const tables[] = {
    map_verbs,  copy_verbs,       file_map_verbs, bulk_verbs,    atomic_verbs,
    wait_verbs, range_lock_verbs, cursor_verbs,   segment_verbs, ground_verbs,
    file_verbs, queue_verbs,      watch_verbs,    fault_verbs,
};

static const verb *find_verb(const step *s)
{
    for (size_t i = 0; i < COUNT(tables); i++) {
        for (const verb *v = tables[i]; v->name != NULL; v++) {
            if (is_verb(s, v->name)) {
                return s->field_count >= v->fields_least ? v : NULL;
            }
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
static bool find_subject(const verb *v, step *s)
{
    if (v->subject == NOTHING) {
        return true;
    }
    entry *found = entry_named(s->fields[v->subject == MAP_SECOND ? 1 : 0]);
    s->map = found->map;
    s->view = found;
    if (v->subject == VIEW_FIRST ? found->is_live : found->map != NULL) {
        return true;
    }
    say_failure("MMIO_ERR_CLOSED", "it is not there any more");
    return false;
}

static void carry_out(char *line)
{
    step s = {.verb = strsep(&line, "\t")};
    parse(line, &s);
    const verb *found = find_verb(&s);
    memset(&last_error, 0, sizeof last_error);
    if (found == NULL) {
        puts("unsupported");
    } else if (find_subject(found, &s)) {
        found->run(&s);
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
        if (e->object != NULL) {
            e->end(e->object);
        }
    }
    return EXIT_SUCCESS;
}
