/* SPDX-License-Identifier: Apache-2.0 */
/* Losing what was written to the file of a failing disk, and being told. */
#ifndef MMIO_TEST_LOSING_H
#define MMIO_TEST_LOSING_H

#include "failing_disk.h"
#include "support.h"

#define FILE_SIZE (4u << 20)
/* Where the tests write. */
#define PLACE (1u << 20)

mmio_map *open_file(void);
void write_byte(mmio_map *map, char byte);
/* Have the device refuse a byte; the system's code. */
int32_t lose_byte(mmio_map *map);
/* What info has of a loss. */
int32_t lost_code(mmio_map *map);
/* The device itself. */
char byte_on_device(void);

/* The system's own error, as the first to meet it is told; its code. */
int32_t check_first(mmio_status status);
void check_lost(mmio_status status, int32_t code);
void check_every_flush_says_lost(mmio_map *map, int32_t code);

#endif
