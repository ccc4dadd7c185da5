/* SPDX-License-Identifier: Apache-2.0 */
/* Records, and what is said of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "writer.h"

void must(mmio_status status, const mmio_error *error)
{
    if (status != MMIO_OK) {
        fprintf(stderr, "power_writer: %s\n", error->message);
        exit(1);
    }
}

void fail(const char *what)
{
    perror(what);
    exit(1);
}

const char *path_of(const power_job *job, const char *file)
{
    static _Thread_local char path[4096];
    snprintf(path, sizeof(path), "%s/%s", job->directory, file);
    return path;
}

void record_fill(const power_job *job, power_record *record)
{
    uint64_t word = (job->seed ^ ((uint64_t)record->number << 32)) * 0x9E3779B97F4A7C15 + 1;
    for (size_t i = 0; i < record->size; i++) {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        record->data[i] = (uint8_t)(word >> 32);
    }
}

/* One write for each, so that it is one entry of the recording. */
static void say(const power_job *job, const char *head, const void *data, size_t size)
{
    char message[RECORD_MAX + 256];
    const size_t head_size = strlen(head);
    memcpy(message, head, head_size);
    if (size != 0) {
        memcpy(message + head_size, data, size);
    }
    if (write(job->promises, message, head_size + size) != (ssize_t)(head_size + size)) {
        fail("promises");
    }
}

static void announce(const power_job *job, const char *kind, const char *file,
                     const power_record *record)
{
    char head[256];
    snprintf(head, sizeof(head), "%s %u %s %llu\n", kind, (unsigned)record->number, file,
             (unsigned long long)record->offset);
    say(job, head, record->data, record->size);
}

void announce_bytes(const power_job *job, const char *file, const power_record *record)
{
    announce(job, "bytes", file, record);
}

void announce_whole(const power_job *job, const char *file, const power_record *record)
{
    announce(job, "whole", file, record);
}

void announce_gone(const power_job *job, const char *file, uint32_t number)
{
    const power_record nothing = {.number = number};
    announce(job, "gone", file, &nothing);
}

void promise(const power_job *job, uint32_t number)
{
    char head[64];
    snprintf(head, sizeof(head), "durable %u\n", (unsigned)number);
    say(job, head, NULL, 0);
}
