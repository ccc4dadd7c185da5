/* SPDX-License-Identifier: Apache-2.0 */
/* The system's store of huge pages, which is for all processes. */
#ifndef MMIO_TEST_HUGE_STORE_H
#define MMIO_TEST_HUGE_STORE_H

#include <stdbool.h>
#include <stdint.h>

/* Wait until no other program of these tests uses the store, and have it until huge_pages_leave(),
 * or the end of the process. */
void huge_pages_claim(void);
void huge_pages_leave(void);

/* Bytes of one. */
uint64_t huge_page_size(void);
/* How many there are, taken or not; and how many nobody has taken. */
unsigned long huge_pages_stored(void);
unsigned long huge_pages_free(void);
/* Have so many of them; taken ones stay. Needs root, and memory: there may be fewer. */
bool huge_pages_store(unsigned long pages);

#endif
