/* SPDX-License-Identifier: Apache-2.0 */
/* What a scenario works with: files in a directory of its own, and objects of the library. */
#ifndef FAULT_POINTS_WORLD_H
#define FAULT_POINTS_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mmio.h"

/* Length of the file "f", whose bytes are pattern(). */
#define F_SIZE ((uint64_t)20000)

typedef struct scenario scenario;

/* Zeroed, but for `fd`, it has nothing. */
typedef struct world {
    mmio_map *map;
    mmio_map *other;
    mmio_view view;
    bool has_view;
    mmio_walk walk;
    bool has_walk;
    mmio_cursor *cursor;
    mmio_segment *segment;
    mmio_range_lock *lock;
    mmio_inventory *inventory;
    mmio_pressure *pressure;
    mmio_queue *queue;
    mmio_operation *operation;
    mmio_watcher *watcher;
    mmio_source *source;
    int fd;            /* The scenario's own, or -1. */
    const char *far;   /* NULL, or a path to remove in the end. */
    const char *wrong; /* NULL, or what was not as it has to be while the scenario ran. */
    uint64_t number;
    /* As it was when the scenario was set up. */
    uint64_t map_size;
    long names;
} world;

/* The file "f" may have changed when it fails; the map's bytes may. */
#define CHANGES_FILE 0x1u
#define CHANGES_MAP 0x20u
#define CHANGES (CHANGES_FILE | CHANGES_MAP)
/* Its functions call nothing that can fail. */
#define NO_CALLS 0x2u
/* The library's own threads work for it, and what they fail with is told. */
#define OTHERS_TELL 0x4u
/* They work for it, and nobody is told. */
#define OTHERS 0x8u
/* In a process that has not used the library before. */
#define COLD 0x10u
/* Each run takes milliseconds, or there are very many calls of one kind: only the
 * long form fails all pairs of them. */
#define SLOW 0x40u
/* Files look as if they were on a disk of this machine. */
#define ON_DISK 0x80u
/* The map has lost bytes already. */
#define LOST 0x100u

struct scenario {
    const char *name;
    const char *functions; /* Of the interface, that run() calls. */
    void (*set_up)(world *w);
    /* Calls them until one fails. Can be called again after a failure. */
    mmio_status (*run)(world *w, mmio_error *error);
    /* NULL, or what is wrong after success. May be NULL. */
    const char *(*check)(world *w);
    unsigned flags;
};

typedef struct scenario_table {
    const scenario *first;
    size_t count;
} scenario_table;

extern const scenario_table scenarios_of_maps;
extern const scenario_table scenarios_of_length;
extern const scenario_table scenarios_of_bytes;
extern const scenario_table scenarios_of_objects;
extern const scenario_table scenarios_of_paging;
extern const scenario_table scenarios_of_files;
extern const scenario_table scenarios_of_threads;
extern const scenario_table scenarios_of_first_use;
extern const scenario_table scenarios_of_faults;

/* Fails the whole program: what a scenario needs is not to be had. */
void need(bool is_given, const char *what, const char *file, int line);
#define NEED(condition) need(condition, #condition, __FILE__, __LINE__)
/* For run(): what has to be so whatever fails. */
#define EXPECT(w, condition)                                                                       \
    do {                                                                                           \
        if (!(condition) && (w)->wrong == NULL) {                                                  \
            (w)->wrong = #condition;                                                               \
        }                                                                                          \
    } while (0)
/* For check(). */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            return #condition;                                                                     \
        }                                                                                          \
    } while (0)

uint8_t pattern_at(uint64_t offset);
/* F_SIZE bytes of it. */
const uint8_t *pattern(void);
/* A file of that many bytes of the pattern. */
void make_file(const char *path, uint64_t size);
/* -1 if there is none. */
int64_t size_of(const char *path);
/* Whether a file has the pattern in all of `size` bytes, and no more. */
bool has_pattern(const char *path, uint64_t size);
/* Number of names in the directory, hidden ones too. */
long count_names(void);

/* Options of a mode or a disposition. */
mmio_open_options options_of(uint32_t mode, uint32_t disposition, uint64_t size);

/* Set-ups. */
void set_up_nothing(world *w);
void set_up_file(world *w);    /* "f". */
void set_up_map(world *w);     /* Mapped RW. */
void set_up_written(world *w); /* And written once. */
void set_up_read_only(world *w);
void set_up_tight(world *w); /* RW, without address space to grow. */
void set_up_two(world *w);   /* "f" and "g" in `map` and `other`. */
void set_up_anonymous(world *w);

/* Opens "f" in w->map. */
void open_f(world *w, const mmio_open_options *options);
/* Whether the map can be used: NULL, or what is wrong with it. */
const char *check_map(world *w);
/* Whether all is as set_up() left it. */
const char *check_unchanged(world *w, unsigned flags);
/* Ends all objects and removes all files. */
void tear_down(world *w);

#endif
