/* SPDX-License-Identifier: Apache-2.0 */
/* The one way bytes are copied out of and into mapped memory. */
#ifndef MMIO_BASE_BYTES_H
#define MMIO_BASE_BYTES_H

#include <string.h>

#include "compiler.h"

/* Mapped bytes may change under the copy, by other processes or by a writer whose stripe makes the
 * reader try again; that race is the design. ThreadSanitizer is kept from reporting it by copying
 * with an instruction it does not see. */
static inline void mmio__copy_bytes(void *to, const void *from, size_t size)
{
#if defined(MMIO__TSAN) && defined(__x86_64__)
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
#else
    memcpy(to, from, size);
#endif
}

#endif
