/* SPDX-License-Identifier: Apache-2.0 */
/* Routes by which whole files appear, change and go. */
#include <stdbool.h>
#include <stdio.h>

#include "writer.h"

/* Long and short ones in turn, to see more than the first of them. */
static power_record next_version(const power_job *job, uint32_t number, uint8_t data[RECORD_MAX])
{
    power_record version = {
        .number = number, .data = data, .size = 1 + (size_t)number * 7919 % (RECORD_MAX - 1)};
    record_fill(job, &version);
    return version;
}

void publish(const power_job *job)
{
    mmio_error error;
    uint8_t data[RECORD_MAX];
    for (uint32_t number = 0; number < job->records; number++) {
        const power_record version = next_version(job, number, data);
        announce_whole(job, "published", &version);
        must(mmio_file_publish(path_of(job, "published"), data, version.size, 0, &error), &error);
        promise(job, number);
    }
}

/* As publishing, without the flushes. */
void copy_over(const power_job *job)
{
    mmio_error error;
    uint8_t data[RECORD_MAX];
    for (uint32_t number = 0; number < job->records; number++) {
        const power_record version = next_version(job, number, data);
        char from[64], to[4096];
        snprintf(from, sizeof(from), "version-%u", (unsigned)number);
        snprintf(to, sizeof(to), "%s", path_of(job, "published"));
        const char *path = path_of(job, from);
        announce_whole(job, "published", &version);
        must(mmio_file_create(path, version.size, 0, &error), &error);
        must(mmio_file_write(path, 0, data, version.size, MMIO_FLUSH_NONE, &error), &error);
        must(mmio_file_copy(path, to, &error), &error);
        promise(job, number);
    }
}

/* A new file with one record. */
static void create(const power_job *job, const char *file, const power_record *record,
                   uint32_t flush)
{
    mmio_error error;
    const char *path = path_of(job, file);
    must(mmio_file_create(path, record->size, 0, &error), &error);
    must(mmio_file_write(path, 0, record->data, record->size, flush, &error), &error);
    if (flush != MMIO_FLUSH_NONE) {
        must(mmio_file_sync_directory(path, &error), &error);
    }
}

static void create_all(const power_job *job, uint32_t flush)
{
    uint8_t data[RECORD_MAX];
    for (uint32_t number = 0; number < job->records; number++) {
        char file[64];
        power_record record = {.number = number, .data = data, .size = 5000};
        record_fill(job, &record);
        snprintf(file, sizeof(file), "created-%u", (unsigned)number);
        announce_bytes(job, file, &record);
        create(job, file, &record, flush);
        promise(job, number);
    }
}

void create_durably(const power_job *job)
{
    create_all(job, MMIO_FLUSH_DATA);
}

void create_only(const power_job *job)
{
    create_all(job, MMIO_FLUSH_NONE);
}

static void name_doomed(char file[64], uint32_t number)
{
    snprintf(file, 64, "doomed-%u", (unsigned)number);
}

/* Files that are there for sure, and then are promised not to be. */
static void delete_all(const power_job *job, bool is_durable)
{
    mmio_error error;
    char file[64];
    for (uint32_t number = 0; number < job->records; number++) {
        name_doomed(file, number);
        must(mmio_file_publish(path_of(job, file), "x", 1, 0, &error), &error);
    }
    for (uint32_t number = 0; number < job->records; number++) {
        name_doomed(file, number);
        announce_gone(job, file, number);
        must(mmio_file_delete(path_of(job, file), &error), &error);
        if (is_durable) {
            must(mmio_file_sync_directory(path_of(job, file), &error), &error);
        }
        promise(job, number);
    }
}

void delete_durably(const power_job *job)
{
    delete_all(job, true);
}

void delete_only(const power_job *job)
{
    delete_all(job, false);
}
