/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* In memory: a disk takes a hundred times as long to flush. */
static char directory[] = "/dev/shm/mmio-fuzz-XXXXXX";

static void leave_directory(void)
{
    (void)unlink("f");
    (void)chdir("/");
    (void)rmdir(directory);
}

void limit_files(uint64_t size)
{
    struct rlimit most;
    must(getrlimit(RLIMIT_FSIZE, &most) == 0);
    most.rlim_cur = size < most.rlim_max ? size : most.rlim_max;
    must(setrlimit(RLIMIT_FSIZE, &most) == 0);
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    must(mkdtemp(directory) != NULL && chdir(directory) == 0);
    limit_files(FILE_SIZE_MOST);
    return atexit(leave_directory);
}

void check_must(bool condition, const char *text, const char *file, int line)
{
    if (!condition) {
        (void)fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
        abort();
    }
}

void must_work(mmio_status status, const mmio_error *error)
{
    if (status != MMIO_OK) {
        (void)fprintf(stderr, "%s\n", error->message);
        abort();
    }
}

dice dice_of(const uint8_t *bytes, size_t size)
{
    /* libFuzzer's first input is empty and may be nowhere. */
    static const uint8_t nothing;
    return (dice){.bytes = size != 0 ? bytes : &nothing, .left = size};
}

char *rest_as_text(const dice *d)
{
    char *text = calloc(1, d->left + 1);
    must(text != NULL);
    memcpy(text, d->bytes, d->left);
    return text;
}

void check_record(mmio_status status, const mmio_error *error)
{
    must(mmio_status_name(status) != NULL);
    if (status != MMIO_OK) {
        must(error->status == status && error->reserved == 0);
        must(memchr(error->message, '\0', sizeof error->message) != NULL);
        must(strncmp(error->message, "mmio_", 5) == 0);
    }
}
