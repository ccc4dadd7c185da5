/* SPDX-License-Identifier: Apache-2.0 */
#include "huge.h"

#include <sys/mman.h>
#include <unistd.h>

#include "files.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* The system. */

static unsigned long store_before;

int note_store(void **state)
{
    (void)state;
    huge_pages_claim();
    store_before = huge_pages_stored();
    return 0;
}

int fill_store(void **state)
{
    (void)huge_pages_store(store_before + STORE_PAGES);
    return enter_directory(state);
}

int empty_store(void **state)
{
    (void)huge_pages_store(0);
    return enter_directory(state);
}

int restore_store(void **state)
{
    (void)huge_pages_store(store_before);
    return leave_directory(state);
}

void need_store(unsigned long pages)
{
    if (geteuid() != 0 || huge_pages_free() < pages || huge_page_size() != 2 * MIB) {
        print_message("SKIPPED: no root, no memory for huge pages, or not of 2 MiB\n");
        skip();
    }
}

unsigned long huge_kib(const void *base, uint64_t size)
{
    static const char *const names[] = {"AnonHugePages", "ShmemPmdMapped", "FilePmdMapped",
                                        "Shared_Hugetlb", "Private_Hugetlb"};
    return smaps_kib(base, size, names, sizeof names / sizeof names[0]);
}

/* Whether it gathers huge pages of memory files, found out without the library. */
static bool system_gathers(void)
{
    const size_t unit = 2 * MIB;
    const int fd = memfd_create("probe", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)unit), 0);
    char *wide = mmap(NULL, 2 * unit, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(wide, MAP_FAILED);
    char *base = wide + (unit - (uintptr_t)wide % unit) % unit;
    assert_ptr_equal(mmap(base, unit, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0), base);
    memset(base, 'x', unit);
    const bool gathers = madvise(base, unit, MADV_COLLAPSE) == 0 && huge_kib(base, unit) != 0;
    assert_int_equal(munmap(wide, 2 * unit), 0);
    assert_int_equal(close(fd), 0);
    return gathers;
}

void need_gathering(void)
{
    if (!system_gathers()) {
        print_message("SKIPPED: this system gathers no huge pages\n");
        skip();
    }
}

const void *data_of(mmio_map *map)
{
    const void *data = NULL;
    assert_ok(mmio_map_data(map, &data, ERR));
    return data;
}

unsigned long huge_kib_of(mmio_map *map)
{
    return huge_kib(data_of(map), mmio_map_size(map));
}

uint32_t state_of(mmio_map *map)
{
    uint32_t huge = 99;
    assert_ok(mmio_map_huge_pages(map, &huge, ERR));
    return huge;
}

mmio_map *huge_map(uint64_t size, uint32_t mode, uint64_t reserve)
{
    mmio_open_options options = options_of(mode, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_HUGE_PAGES;
    options.reserve = reserve;
    mmio_map *map = NULL;
    assert_ok(mmio_map_anonymous(size, &options, &map, ERR));
    return map;
}
