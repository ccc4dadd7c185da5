/* SPDX-License-Identifier: Apache-2.0 */
/* The one way bytes are copied out of and into mapped memory. */
#ifndef MMIO_BASE_BYTES_H
#define MMIO_BASE_BYTES_H

#include <string.h>

#include "compiler.h"

/* Mapped bytes may change under the copy, by other processes or by a writer whose stripe makes the
 * reader try again; that race is the design, so ThreadSanitizer is kept from seeing it. */
static inline void mmio__copy_bytes(void *to, const void *from, size_t size)
{
#if defined(MMIO__COPY_UNSEEN)
    MMIO__COPY_UNSEEN(to, from, size);
#else
    memcpy(to, from, size);
#endif
}

#endif
