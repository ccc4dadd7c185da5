/* SPDX-License-Identifier: Apache-2.0 */
/* Zeros in the place of bytes that are gone, so that whoever used them goes on. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "linux_absorb.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../base/memory.h"
#include "../../base/range.h"
#include "../os.h"
#include "linux.h"

/*
 * Where the handler looks: blocks of places, each twice as long as the one before. A place is
 * filled and emptied under the lock, and only looked at by the handler; blocks are never freed.
 */
#define BLOCK_LEAST 64u
#define BLOCKS 20u

typedef struct absorber_place {
    _Atomic(mmio__os_absorber *) absorber;
    _Atomic uint32_t users; /* Handlers that look at it just now. */
    struct absorber_place *next_free;
} absorber_place;

static _Atomic(absorber_place *) blocks[BLOCKS];
static absorber_place *free_places;
static pthread_mutex_t places_lock = PTHREAD_MUTEX_INITIALIZER;

static size_t block_length(size_t block)
{
    return (size_t)BLOCK_LEAST << block;
}

/* With the lock held. */
static bool add_block(void)
{
    for (size_t block = 0; block < BLOCKS; block++) {
        if (atomic_load(&blocks[block]) == NULL) {
            absorber_place *added = mmio__allocate(block_length(block) * sizeof *added);
            for (size_t i = 0; added != NULL && i < block_length(block); i++) {
                added[i].next_free = free_places;
                free_places = &added[i];
            }
            atomic_store(&blocks[block], added);
            return added != NULL;
        }
    }
    return false;
}

bool mmio__os_absorb_begin(mmio__os_absorber *absorber)
{
    atomic_store(&absorber->zeros_from, (uintptr_t)absorber->base + absorber->size);
    (void)pthread_mutex_lock(&places_lock);
    const bool has_place = free_places != NULL || add_block();
    if (has_place) {
        absorber_place *taken = free_places;
        free_places = taken->next_free;
        absorber->place = taken;
        atomic_store(&taken->absorber, absorber);
    }
    (void)pthread_mutex_unlock(&places_lock);
    return has_place;
}

void mmio__os_absorb_end(mmio__os_absorber *absorber)
{
    absorber_place *left = absorber->place;
    if (left == NULL) {
        return;
    }
    absorber->place = NULL;
    atomic_store(&left->absorber, NULL);
    while (atomic_load(&left->users) != 0) {
        (void)sched_yield();
    }
    (void)pthread_mutex_lock(&places_lock);
    left->next_free = free_places;
    free_places = left;
    (void)pthread_mutex_unlock(&places_lock);
}

void mmio__linux_absorb_forked(void)
{
    (void)pthread_mutex_init(&places_lock, NULL);
    for (size_t block = 0; block < BLOCKS; block++) {
        absorber_place *first = atomic_load(&blocks[block]);
        for (size_t i = 0; first != NULL && i < block_length(block); i++) {
            atomic_store(&first[i].users, 0);
            mmio__os_absorber *absorber = atomic_load(&first[i].absorber);
            if (absorber != NULL) {
                atomic_store(&absorber->is_busy, false);
            }
        }
    }
}

/* The handler's side. */

/* Where the file ends in memory, rounded up to a page: what lies beyond is gone for good. */
static uintptr_t end_of_file(const mmio__os_absorber *absorber, uintptr_t end)
{
    const uintptr_t base = (uintptr_t)absorber->base;
    const uint64_t page = mmio__os_get_caps()->page_size;
    struct stat facts;
    if (fstat((int)absorber->handle, &facts) != 0) {
        return end;
    }
    const uint64_t file_size = (uint64_t)facts.st_size;
    const uint64_t rest = file_size > absorber->offset ? file_size - absorber->offset : 0;
    return rest < end - base ? base + (uintptr_t)mmio__round_up(rest, page) : end;
}

/* By the system call itself: sanitizers take the call of the C library for an access to all of it.
 */
static bool put_zeros(const mmio__os_absorber *absorber, uintptr_t from, uintptr_t to)
{
    const int protection = PROT_READ | (absorber->is_writable ? PROT_WRITE : 0);
    return syscall(SYS_mmap, from, to - from, protection,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == (long)from;
}

/* Whether another thread was first, and may have written to the zeros by now. */
static bool has_zeros(const mmio__os_absorber *absorber, uintptr_t page, uint64_t page_size)
{
    return absorber->is_writable &&
           madvise((void *)page, (size_t)page_size, MADV_POPULATE_WRITE) == 0;
}

/* The whole rest of a file that was cut, else one page. Nothing is ever put in the place of zeros:
 * they may have been written to. */
static bool fill(mmio__os_absorber *absorber, uintptr_t address)
{
    const uint64_t page_size = mmio__os_get_caps()->page_size;
    const uintptr_t page = address & ~(uintptr_t)(page_size - 1);
    const uintptr_t zeros = atomic_load(&absorber->zeros_from);
    if (page >= zeros || has_zeros(absorber, page, page_size)) {
        return true;
    }
    const uintptr_t file_end = end_of_file(absorber, zeros);
    const bool is_cut = page >= file_end;
    if (!put_zeros(absorber, is_cut ? file_end : page, is_cut ? zeros : page + page_size)) {
        return false;
    }
    if (is_cut) {
        atomic_store(&absorber->zeros_from, file_end);
    }
    absorber->absorbed(absorber, (is_cut ? file_end : page) - (uintptr_t)absorber->base);
    return true;
}

static bool absorb_in(mmio__os_absorber *absorber, uintptr_t address)
{
    if (address - (uintptr_t)absorber->base >= absorber->size) {
        return false;
    }
    /* Signals are blocked, and who has it takes no lock: it is over soon. */
    while (atomic_exchange(&absorber->is_busy, true)) {
    }
    const bool is_filled = fill(absorber, address);
    atomic_store(&absorber->is_busy, false);
    return is_filled;
}

bool mmio__linux_absorb(uintptr_t address)
{
    for (size_t block = 0; block < BLOCKS; block++) {
        absorber_place *first = atomic_load(&blocks[block]);
        for (size_t i = 0; first != NULL && i < block_length(block); i++) {
            if (atomic_load_explicit(&first[i].absorber, memory_order_relaxed) == NULL) {
                continue;
            }
            atomic_fetch_add(&first[i].users, 1);
            mmio__os_absorber *absorber = atomic_load(&first[i].absorber);
            const bool is_absorbed = absorber != NULL && absorb_in(absorber, address);
            atomic_fetch_sub(&first[i].users, 1);
            if (is_absorbed) {
                return true;
            }
        }
    }
    return false;
}
