/* SPDX-License-Identifier: Apache-2.0 */
/* All memory of the library, from the caller's allocator if there is one. */
#ifndef MMIO_BASE_MEMORY_H
#define MMIO_BASE_MEMORY_H

#include <stddef.h>

/* Zeroed; NULL if there is none. */
void *mmio__allocate(size_t size);
/* The same, on cache lines of its own. */
void *mmio__allocate_lines(size_t size);
/* NULL is ignored. */
void mmio__free(void *memory);

#endif
