/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"

typedef enum allocator_state { UNDECIDED, BEING_SET, DECIDED } allocator_state;

/* The allocator is decided by whoever comes first: mmio_set_allocator(), or the first use. */
static _Atomic uint32_t allocator_stage;
static mmio_allocate allocate;
static mmio_release release;
static void *allocator_user;

static void *allocate_aligned(size_t size, size_t alignment)
{
    uint32_t expected = UNDECIDED;
    while (!atomic_compare_exchange_strong(&allocator_stage, &expected, DECIDED) &&
           expected == BEING_SET) {
        expected = UNDECIDED;
    }
    void *memory = NULL;
    if (allocate != NULL) {
        memory = allocate(size, alignment, allocator_user);
    } else if (alignment <= _Alignof(max_align_t)) {
        memory = malloc(size);
    } else {
        memory = aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    }
    return memory != NULL ? memset(memory, 0, size) : NULL;
}

void *mmio__allocate(size_t size)
{
    return allocate_aligned(size, _Alignof(max_align_t));
}

void *mmio__allocate_lines(size_t size)
{
    return allocate_aligned(size, MMIO__CACHE_LINE);
}

void mmio__free(void *memory)
{
    if (memory == NULL) {
        return;
    }
    if (release != NULL) {
        release(memory, allocator_user);
    } else {
        free(memory);
    }
}

mmio_status mmio_set_allocator(mmio_allocate new_allocate, mmio_release new_release, void *new_user,
                               mmio_error *error)
{
    const mmio__call call = {"mmio_set_allocator", NULL, error};
    if (new_allocate == NULL || new_release == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "one of the functions is NULL");
    }
    uint32_t expected = UNDECIDED;
    if (!atomic_compare_exchange_strong(&allocator_stage, &expected, BEING_SET)) {
        return mmio__fail(&call, MMIO_ERR_BUSY, "the library has allocated memory already");
    }
    allocate = new_allocate;
    release = new_release;
    allocator_user = new_user;
    atomic_store(&allocator_stage, DECIDED);
    return MMIO_OK;
}
