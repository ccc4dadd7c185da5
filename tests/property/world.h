/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library and the model of it side by side: open maps with what is held of them, and the checks
 * that both agree. An operation picks what to do, asks the model for the outcome, calls the
 * library, compares, and lets the model follow.
 */
#ifndef PROPERTY_WORLD_H
#define PROPERTY_WORLD_H

#include "dice.h"
#include "model.h"

#define FILE_PATH "f"

enum {
    SLOTS = 5,
    MAIN_SLOT = 0,
    MEMORY_SLOT = 3,
    SHARED_SLOT = 4,
    VIEWS = 12,
    CURSORS = 3,
    SEGMENTS = 4
};

typedef struct held_view {
    subject *of; /* NULL if the place is free. */
    mmio_view view;
    uint64_t offset;
    bool is_write;
} held_view;

typedef struct held_cursor {
    subject *of;
    mmio_cursor *cursor;
    uint64_t position;
} held_cursor;

typedef struct held_segment {
    subject *of;
    mmio_segment *segment;
    uint64_t offset;
    uint64_t size;
} held_segment;

typedef struct world {
    dice dice;
    uint64_t operation;         /* Its number, */
    const char *operation_name; /* and what it is, for the report. */
    store *file;
    int fd; /* Of the file, for plain reads and for faults that are planted. */
    /* The main one is RW and the only one that resizes the file. Two more of the file in changing
     * modes, often as windows. An anonymous one, and shared memory without a name. */
    subject *slots[SLOTS];
    subject *subjects; /* All that are not gone, also those that left their slot. */
    held_view views[VIEWS];
    held_cursor cursors[CURSORS];
    held_segment segments[SEGMENTS];
    uint64_t foreign; /* Maps that the process had before. */
    uint8_t *given;   /* SIZE_MOST bytes for the library to read or write, */
    uint8_t *wanted;  /* and for what the model says. */
    mmio_error error;
    bool has_failed;
    char failure[768]; /* The first disagreement. */
} world;

typedef struct range {
    uint64_t offset;
    uint64_t size;
} range;

/* False without memory or file. The file is in the current directory. */
bool world_begin(world *w, dice d);
/* Ends all that is held. */
void world_end(world *w);

/* Picking. */
subject *pick_subject(world *w);
/* Mostly within `limit`, mostly short. */
range pick_range(world *w, uint64_t limit);
/* Mostly not empty. */
size_t pick_size(world *w, uint64_t most);

/* Checks; the first that fails is kept. They return whether it held. */
bool agree(world *w, bool holds, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The status is the predicted one; true if it is MMIO_OK. */
bool went_well(world *w, mmio_status wanted, mmio_status got);
/* The same for a request with a range: the record of a range failure has the numbers. */
bool went_well_in(world *w, mmio_status wanted, mmio_status got, range asked, uint64_t limit);
/* The bytes are what the model has there. */
bool same_bytes(world *w, const subject *s, uint64_t offset, const void *bytes, uint64_t size);
/* Sizes and counts of all maps. */
void check_counts(world *w);
/* All bytes of all maps, and of the file by plain reads. */
void check_all(world *w);

/* Holding. */
void subject_hold(subject *s);
void subject_drop(world *w, subject *s);
subject *open_slot(world *w, int slot, uint32_t mode);
held_view *free_view_place(world *w);
void keep_view(held_view *place, subject *s, const mmio_view *view, range r, bool is_write);
void release_view(world *w, held_view *held);
void close_cursor(world *w, held_cursor *held);
void close_segment(world *w, held_segment *held);
/* All views, cursors and segments of one map, or of all if NULL. */
void release_all(world *w, const subject *s);
void shut_down(world *w, subject *s);
/* Before the file is cut behind the backs of its maps: nothing may be used that goes. And after:
 * they look. */
void let_go_beyond(world *w, uint64_t size);
void follow_cut(world *w);
/* Whether a view of the subject reaches beyond `size`. */
bool is_pinned_beyond(const world *w, const subject *s, uint64_t size);
/* The file must not be cut below this: other maps of it do not know of the cut. */
uint64_t least_size(const world *w, const subject *s);

/* One thing that can be done. How often, in comparison to the others, is its weight. */
typedef struct operation {
    const char *name;
    uint32_t weight;
    void (*run)(world *w);
} operation;

/* Each ends with a name of NULL. */
extern const operation byte_operations[];
extern const operation view_operations[];
extern const operation map_operations[];
extern const operation object_operations[];
extern const operation length_operations[];
extern const operation rule_operations[];

/* Any of them, and whether the counts agree after it. */
void run_operation(world *w);

#endif
