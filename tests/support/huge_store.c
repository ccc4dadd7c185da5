/* SPDX-License-Identifier: Apache-2.0 */
#include "huge_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cmocka_all.h"

#define STORE "/proc/sys/vm/nr_hugepages"

static int claim = -1;

void huge_pages_claim(void)
{
    claim = open(STORE, O_RDONLY | O_CLOEXEC);
    if (claim >= 0) { /* Else there are no huge pages on this system. */
        assert_int_equal(flock(claim, LOCK_EX), 0);
    }
}

void huge_pages_leave(void)
{
    if (claim >= 0) {
        assert_int_equal(flock(claim, LOCK_UN), 0); /* Children may have it open still. */
        assert_int_equal(close(claim), 0);
    }
}

static unsigned long number_of(const char *name)
{
    FILE *file = fopen("/proc/meminfo", "re");
    assert_non_null(file);
    char line[256];
    unsigned long number = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        const size_t length = strlen(name);
        if (strncmp(line, name, length) == 0 && sscanf(line + length, ": %lu", &number) == 1) {
            break;
        }
    }
    assert_int_equal(fclose(file), 0);
    return number;
}

uint64_t huge_page_size(void)
{
    return (uint64_t)number_of("Hugepagesize") << 10;
}

unsigned long huge_pages_stored(void)
{
    return number_of("HugePages_Total");
}

unsigned long huge_pages_free(void)
{
    return number_of("HugePages_Free");
}

bool huge_pages_store(unsigned long pages)
{
    FILE *file = fopen(STORE, "we");
    if (file == NULL) {
        return false;
    }
    const bool is_written = fprintf(file, "%lu", pages) > 0;
    return fclose(file) == 0 && is_written;
}
