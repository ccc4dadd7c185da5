/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of cursors share. */
#ifndef MMIO_TEST_CURSORS_H
#define MMIO_TEST_CURSORS_H

#include "support.h"

mmio_cursor *cursor_of(mmio_map *map);

/* Fails the test unless exactly these bytes come, of `size` asked for. */
void check_read(mmio_cursor *cursor, size_t size, const char *expected);
void check_seek(mmio_cursor *cursor, int64_t offset, uint32_t whence, uint64_t expected);
mmio_map *alphabet(uint32_t mode);

#endif
