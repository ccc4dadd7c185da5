/* SPDX-License-Identifier: Apache-2.0 */
/* Routes that write records into one file, in turn into many places, over older records too. */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "writer.h"

#define FILE_NAME "records"
/* Places, in which the records go round. */
#define PLACES 64
#define THREADS_MAX 4

typedef struct power_run {
    const power_job *job;
    const power_style *style;
    mmio_map *map;
    mmio_queue *queue;
} power_run;

/* One way to make bytes durable: write each record, settle it, and promise it. */
struct power_style {
    const char *name;
    void (*put)(power_run *run, power_record *record);
    void (*settle)(power_run *run, const power_record *record);
    uint32_t size;    /* Of a record. */
    uint32_t threads; /* 0: one. */
    uint32_t flags;   /* MMIO_OPEN_… */
    uint32_t policy;
    uint64_t amount;
    uint32_t together; /* So many records are durable at the last one's end. 0: each. */
    bool is_appended;  /* The file begins as short as can be. */
};

static void by_write(power_run *run, power_record *record)
{
    mmio_error error;
    announce_bytes(run->job, FILE_NAME, record);
    must(mmio_map_write(run->map, record->offset, record->data, record->size, &error), &error);
}

static void by_view(power_run *run, power_record *record)
{
    mmio_error error;
    mmio_view view;
    announce_bytes(run->job, FILE_NAME, record);
    must(mmio_view_acquire(run->map, record->offset, record->size, MMIO_VIEW_WRITE, &view, &error),
         &error);
    memcpy(view.data, record->data, record->size);
    mmio_view_release(&view);
}

static void by_append(power_run *run, power_record *record)
{
    mmio_error error;
    must(mmio_map_append(run->map, record->data, record->size, &record->offset, &error), &error);
    announce_bytes(run->job, FILE_NAME, record);
}

/* Each record behind the one before, where the file ends. */
static void by_resize(power_run *run, power_record *record)
{
    mmio_error error;
    record->offset = mmio_map_size(run->map);
    must(mmio_map_resize(run->map, record->offset + record->size, 0, &error), &error);
    by_write(run, record);
}

static void by_queue(power_run *run, power_record *record)
{
    mmio_error error;
    mmio_operation *operation = NULL;
    announce_bytes(run->job, FILE_NAME, record);
    must(mmio_queue_write(run->queue, run->map, record->offset, record->data, record->size,
                          MMIO_FLUSH_DATA, &operation, &error),
         &error);
    must(mmio_operation_wait(operation, -1, &error), &error);
    must(mmio_operation_result(operation, &error), &error);
    mmio_operation_close(operation);
}

static void by_path(power_run *run, power_record *record)
{
    mmio_error error;
    announce_bytes(run->job, FILE_NAME, record);
    must(mmio_file_write(mmio_map_path(run->map), record->offset, record->data, record->size,
                         MMIO_FLUSH_DATA, &error),
         &error);
}

static void flush(power_run *run, const power_record *record)
{
    (void)record;
    mmio_error error;
    must(mmio_map_flush(run->map, MMIO_FLUSH_DATA, &error), &error);
}

static void flush_fully(power_run *run, const power_record *record)
{
    (void)record;
    mmio_error error;
    must(mmio_map_flush(run->map, MMIO_FLUSH_FULL, &error), &error);
}

static void flush_range(power_run *run, const power_record *record)
{
    mmio_error error;
    must(mmio_map_flush_range(run->map, record->offset, record->size, MMIO_FLUSH_DATA, &error),
         &error);
}

static void only_start(power_run *run, const power_record *record)
{
    (void)record;
    mmio_error error;
    must(mmio_map_flush(run->map, MMIO_FLUSH_START, &error), &error);
}

static void only_start_range(power_run *run, const power_record *record)
{
    mmio_error error;
    must(mmio_map_flush_range(run->map, record->offset, record->size, MMIO_FLUSH_START, &error),
         &error);
}

static void flush_page_short(power_run *run, const power_record *record)
{
    mmio_error error;
    must(mmio_map_flush_range(run->map, record->offset, record->size - mmio_page_size(),
                              MMIO_FLUSH_DATA, &error),
         &error);
}

/* Records of 5000 bytes lie across pages and share them; those of 150 share sectors. */
static const power_style styles[] = {
    {.name = "write_flush", .put = by_write, .settle = flush, .size = 5000},
    {.name = "flush_full", .put = by_write, .settle = flush_fully, .size = 5000},
    {.name = "view_flush_range", .put = by_view, .settle = flush_range, .size = 5000},
    {.name = "allocated",
     .put = by_write,
     .settle = flush,
     .size = 5000,
     .flags = MMIO_OPEN_ALLOCATE},
    {.name = "always", .put = by_write, .size = 20000, .policy = MMIO_POLICY_ALWAYS},
    {.name = "always_small", .put = by_write, .size = 150, .policy = MMIO_POLICY_ALWAYS},
    {.name = "every_bytes",
     .put = by_write,
     .size = 700,
     .policy = MMIO_POLICY_EVERY_BYTES,
     .amount = 2800,
     .together = 4},
    {.name = "every_writes",
     .put = by_write,
     .size = 5000,
     .policy = MMIO_POLICY_EVERY_WRITES,
     .amount = 3,
     .together = 3},
    {.name = "append", .put = by_append, .settle = flush, .size = 5000, .is_appended = true},
    {.name = "append_always",
     .put = by_append,
     .size = 700,
     .policy = MMIO_POLICY_ALWAYS,
     .threads = 2,
     .is_appended = true},
    {.name = "resize", .put = by_resize, .settle = flush, .size = 5000, .is_appended = true},
    {.name = "queue_write", .put = by_queue, .size = 5000},
    {.name = "file_write", .put = by_path, .size = 5000},
    {.name = "flush_together", .put = by_write, .settle = flush, .size = 700, .threads = 4},
    {.name = "always_together",
     .put = by_write,
     .size = 150,
     .policy = MMIO_POLICY_ALWAYS,
     .threads = 4},
    {.name = "no_flush", .put = by_write, .size = 5000},
    {.name = "start", .put = by_write, .settle = only_start, .size = 5000},
    {.name = "start_range", .put = by_view, .settle = only_start_range, .size = 5000},
    {.name = "page_short", .put = by_view, .settle = flush_page_short, .size = 9000},
};

#define STYLES (sizeof(styles) / sizeof(styles[0]))

const power_style *style_find(const char *name)
{
    for (size_t i = 0; i < STYLES; i++) {
        if (strcmp(styles[i].name, name) == 0) {
            return &styles[i];
        }
    }
    return NULL;
}

/* Neighbours in time are none in the file. */
static uint64_t place_of(const power_style *style, uint32_t number)
{
    return (uint64_t)(number * 29 % PLACES) * style->size;
}

static void write_one(power_run *run, uint32_t number)
{
    uint8_t data[RECORD_MAX];
    const power_style *style = run->style;
    power_record record = {
        .number = number, .offset = place_of(style, number), .data = data, .size = style->size};
    record_fill(run->job, &record);
    style->put(run, &record);
    if (style->settle != NULL) {
        style->settle(run, &record);
    }
}

static void promise_up_to(const power_run *run, uint32_t number)
{
    const uint32_t together = run->style->together == 0 ? 1 : run->style->together;
    if ((number + 1) % together != 0) {
        return;
    }
    for (uint32_t i = 0; i < together; i++) {
        promise(run->job, number + 1 - together + i);
    }
}

typedef struct power_worker {
    power_run *run;
    uint32_t first;
    pthread_t thread;
} power_worker;

/* A place is always the same thread's, since their number divides that of the places. */
static void *work(void *user)
{
    const power_worker *worker = user;
    power_run *run = worker->run;
    const uint32_t threads = run->style->threads == 0 ? 1 : run->style->threads;
    for (uint32_t number = worker->first; number < run->job->records; number += threads) {
        write_one(run, number);
        promise_up_to(run, number);
    }
    return NULL;
}

static void work_together(power_run *run)
{
    power_worker workers[THREADS_MAX];
    for (uint32_t i = 0; i < run->style->threads; i++) {
        workers[i] = (power_worker){.run = run, .first = i};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
            fail("pthread_create");
        }
    }
    for (uint32_t i = 0; i < run->style->threads; i++) {
        pthread_join(workers[i].thread, NULL);
    }
}

/* The file itself is durable before the first promise. */
static void prepare(power_run *run)
{
    mmio_error error;
    const power_style *style = run->style;
    const mmio_open_options options = {
        .struct_size = sizeof(options),
        .mode = MMIO_MODE_RW,
        .disposition = MMIO_DISPOSITION_CREATE_NEW,
        .flags = style->flags,
        .size = style->is_appended ? 1 : (uint64_t)style->size * PLACES,
        .policy = style->policy,
        .policy_amount = style->amount,
    };
    const char *path = path_of(run->job, FILE_NAME);
    must(mmio_map_open(path, &options, &run->map, &error), &error);
    must(mmio_map_flush(run->map, MMIO_FLUSH_FULL, &error), &error);
    must(mmio_file_sync_directory(path, &error), &error);
    must(mmio_queue_open(1, &run->queue, &error), &error);
}

void style_run(const power_job *job, const power_style *style)
{
    power_run run = {.job = job, .style = style};
    prepare(&run);
    if (style->threads > 1) {
        work_together(&run);
    } else {
        power_worker alone = {.run = &run};
        work(&alone);
    }
    mmio_queue_close(run.queue);
    mmio_map_close(run.map);
}
