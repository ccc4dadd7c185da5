/* SPDX-License-Identifier: Apache-2.0 */
/* What mapping needs from the particular system. */
#ifndef MMIO_OS_POSIX_MAP_H
#define MMIO_OS_POSIX_MAP_H

#include <stddef.h>

/* A free address for a mapping of this size at which huge pages fit; NULL if the system does not
 * say. It is a hint: somebody else may take it first. */
void *mmio__posix_place_for_huge_pages(size_t size);
/* Have the system use huge pages for a mapping, if it will. */
void mmio__posix_prefer_huge_pages(void *base, size_t size);

#endif
