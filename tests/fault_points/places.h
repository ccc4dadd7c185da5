/* SPDX-License-Identifier: Apache-2.0 */
/* Which functions return addresses are in. */
#ifndef FAULT_POINTS_PLACES_H
#define FAULT_POINTS_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strike.h"

/* Before all others. False if the program cannot read its own symbols. */
bool places_read(void);
/* "?" if it is in none. */
const char *place_name(const void *address);
/* From the start of the program, as its symbols are. */
uint64_t place_offset(const void *address);
/* Whether a hit comes out of a function, be it by others: "extend"; or of one that was called by
 * another: "extend < build". */
bool hit_is_in(const hit *h, const char *functions);
/* "open in mmio__os_file_open < open_existing < …: 24". */
void hit_text(const hit *h, char *text, size_t size);

#endif
