/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which calls of the library fail. The library under test calls failing_open() for open(), and so
 * on: see calls.txt. Each of those asks here first.
 */
#ifndef FAULT_POINTS_STRIKE_H
#define FAULT_POINTS_STRIKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULTS_MOST 4u
#define HITS_MOST 16u
#define FRAMES 10u /* That are known of each. */

/* For the codes of a call: it does half of what was asked for, which is no failure. */
#define SHORT (-1)

/* The call of this number, from 1 on, fails with the code at this place in its list, counted round.
 */
typedef struct fault {
    unsigned number;
    unsigned code;
} fault;

/* What is wrong with the calls themselves, so that a test can see the driver notice it. */
typedef enum planted {
    PLANTED_NOTHING,
    PLANTED_LOST_DESCRIPTOR, /* After a failure close() does nothing. */
    PLANTED_LOST_MEMORY,     /* free() */
    PLANTED_LOST_MAPPING,    /* munmap() */
    PLANTED_KEPT_NAME,       /* unlink() */
    PLANTED_KEPT_SIZE,       /* ftruncate() */
    PLANTED_SUCCESS,         /* What should fail does not. */
    PLANTED_OTHER_CODE,      /* It fails with another code. */
} planted;

typedef struct plan {
    fault faults[FAULTS_MOST];
    size_t fault_count;
    uint64_t dice;  /* Not 0: faults by chance, with this seed. */
    bool of_others; /* Of the library's own threads; else of the one that begins. */
    planted is_planted;
} plan;

/* A call that failed. */
typedef struct hit {
    const char *call;
    int code;
    unsigned number;
    const void *from[FRAMES]; /* Return addresses, the call's own first. */
} hit;

typedef struct record {
    unsigned calls; /* How many there were. */
    unsigned
        code_counts[FAULTS_MOST]; /* Length of the list of each fault's call; 0: not reached. */
    hit hits[HITS_MOST];
    size_t hit_count;
} record;

/* Between the two, what the library calls fails by the plan. */
void strikes_begin(const plan *p);
void strikes_end(record *out_record);

/* What the library has now. */
typedef struct books {
    long blocks;
    long mappings;
    long streams; /* And directories. */
} books;

books books_now(void);

/* For the calls: 0, or the code that this one fails with, in errno too unless it is SHORT. `codes`
 * ends with 0; `frame` is the frame of who asks. */
int strike(const char *call, const int *codes, void *frame);
/* Whether something is planted that shows now. */
bool shows(planted what);

/* From now on files look as if they were on a disk of this machine, or no longer. */
void pretend_disk(bool is_wanted);
bool pretends_disk(void);

typedef enum page { PAGE_BLOCKS, PAGE_MAPPINGS, PAGE_STREAMS } page;
void note(page where, long difference);

#endif
