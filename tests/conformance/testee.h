/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the reference testee share: reading a step's fields, answering, and the things
 * that a case has given names to. Each part has a table of verbs; testee.c carries them out.
 */
#ifndef MMIO_TESTEE_H
#define MMIO_TESTEE_H

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mmio.h"

#define FIELDS_MOST 16
#define NAME_SIZE 32
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a case gave a name to: a map, a view, a job on a thread of its own, or another part's
 * object. */
typedef struct entry entry;
struct entry {
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
    void (*answer)(const entry *job); /* How `join` tells what came of a job. */
    void *object;                     /* Of another part, which says how to end it. */
    void (*end)(void *object);
};

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

/* The field that names what the verb works on. */
typedef enum subject { NOTHING, MAP_FIRST, MAP_SECOND, VIEW_FIRST } subject;

typedef struct verb {
    const char *name; /* NULL ends a table. */
    size_t fields_least;
    subject subject;
    void (*run)(const step *s);
} verb;

extern const verb map_verbs[];
extern const verb copy_verbs[];
extern const verb file_map_verbs[];
extern const verb bulk_verbs[];
extern const verb atomic_verbs[];
extern const verb wait_verbs[];
extern const verb range_lock_verbs[];
extern const verb cursor_verbs[];
extern const verb segment_verbs[];
extern const verb ground_verbs[];
extern const verb file_verbs[];
extern const verb queue_verbs[];
extern const verb watch_verbs[];
extern const verb fault_verbs[];

/* Written by the step's call, if that fails. */
extern mmio_error last_error;

/* A case that asks for nonsense is a mistake in the case: leave, and so fail it. */
_Noreturn void die(const char *problem, const char *word);
/* Zeroed memory that lives until the step was answered. */
void *allocate(size_t size);
/* An empty entry if the name is new. */
entry *entry_named(const char *name);
/* Ends what the name stood for, and gives it the new object. */
void keep(const char *name, void *object, void (*end)(void *object));
void start(pthread_t *out_thread, void *(*body)(void *), void *argument);

/* Reading fields. */
bool is_verb(const step *s, const char *name);
uint64_t number(const char *text);
/* Time-outs and statuses may be negative. */
int64_t signed_number(const char *text);
uint64_t number_at(const step *s, size_t field);
/* The bytes of a hex field; a NUL behind them makes a path a string. */
char *bytes(const char *hex, size_t *out_size);
const char *path_of(const char *hex);
/* Value of a "key=value" field; NULL if the step has none. */
char *option(const step *s, const char *key);
uint64_t number_option(const step *s, const char *key);
/* A word's place in its list, or the number that stands there instead; 0 without a word. */
uint32_t choice(const char *word, const char *const *list, size_t count);
#define CHOICE(word, list) choice(word, list, COUNT(list))
mmio_open_options *options_of(const step *s);

/* Answering. */
const char *mode_name(uint32_t mode);
void say_failure(const char *status, const char *message);
/* The outcome of a call; if it went well with the answer's fields, tabs between them. */
__attribute__((format(printf, 2, 3))) void say(mmio_status status, const char *format, ...);
void say_done(mmio_status status);
void say_value(uint64_t value);
void say_hex(mmio_status status, const char *key, const char *data, size_t size);
/* Adler-32 of more bytes; 1 is that of none. */
uint32_t adler_more(uint32_t adler, const void *data, uint64_t size);
void say_adler(mmio_status status, const void *data, uint64_t size);
void say_size(mmio_status status, uint64_t size);
void say_opened(mmio_status status, const step *s, mmio_map *map);
void say_view(mmio_status status, entry *v, bool is_writable);

/* A verb that is no more than its answer. */
#define ANSWER(verb, answer)                                                                       \
    static void do_##verb(const step *s)                                                           \
    {                                                                                              \
        (void)s;                                                                                   \
        answer;                                                                                    \
    }

#endif
