/* SPDX-License-Identifier: Apache-2.0 */
/* What the routes of the power-cut writer have in common. */
#ifndef MMIO_TEST_POWER_WRITER_H
#define MMIO_TEST_POWER_WRITER_H

#include <mmio.h>
#include <stdint.h>

/* What the writer was asked for. */
typedef struct power_job {
    const char *directory; /* On the recording disk. */
    int promises;          /* The recording disk's file of promises. */
    uint32_t records;      /* How many to write. */
    uint64_t seed;         /* Of their bytes. */
} power_job;

/* Bytes that are to be found again. */
typedef struct power_record {
    uint32_t number;
    uint64_t offset; /* In the file. */
    uint8_t *data;
    size_t size;
} power_record;

/* No route uses longer ones: a promise reaches the recording disk in one piece. */
#define RECORD_MAX 60000

/* End the program if a call of the library failed. */
void must(mmio_status status, const mmio_error *error);

/* End the program because of errno. */
_Noreturn void fail(const char *what);

/* The path of a file of the job, good until the calling thread's next call. */
const char *path_of(const power_job *job, const char *file);

/* Bytes that no other record has. */
void record_fill(const power_job *job, power_record *record);

/* Say what is about to happen: until it is promised, a power cut may leave anything between what
 * was there and this. These bytes at that place of a file; a file of just these bytes; no file. */
void announce_bytes(const power_job *job, const char *file, const power_record *record);
void announce_whole(const power_job *job, const char *file, const power_record *record);
void announce_gone(const power_job *job, const char *file, uint32_t number);

/* Say that the library said that what was announced by this number is durable. */
void promise(const power_job *job, uint32_t number);

/* Routes in places.c, which write records into one file. NULL: there is none of that name. */
typedef struct power_style power_style;
const power_style *style_find(const char *name);
void style_run(const power_job *job, const power_style *style);

/* Routes in files.c, each record a file. */
void publish(const power_job *job);
void copy_over(const power_job *job);
void create_durably(const power_job *job);
void create_only(const power_job *job);
void delete_durably(const power_job *job);
void delete_only(const power_job *job);

#endif
