/* SPDX-License-Identifier: Apache-2.0 */
/* Maps of huge pages, as the system sees them, and tests that fill and empty its store. */
#ifndef MMIO_TEST_HUGE_H
#define MMIO_TEST_HUGE_H

#include "huge_store.h"
#include "support.h"

#define MIB ((uint64_t)1 << 20)

enum { STORE_PAGES = 20 };

/* Once for all tests: one that fails may keep pages until the program ends. */
int note_store(void **state);
int fill_store(void **state);
int empty_store(void **state);
int restore_store(void **state);
void need_store(unsigned long pages);

/* KiB of all mappings that reach into a range: the sum of the fields of huge pages. */
unsigned long huge_kib(const void *base, uint64_t size);
void need_gathering(void);
const void *data_of(mmio_map *map);
unsigned long huge_kib_of(mmio_map *map);
uint32_t state_of(mmio_map *map);
mmio_map *huge_map(uint64_t size, uint32_t mode, uint64_t reserve);

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fill_store, restore_store)
#define WITHOUT_STORE(test) cmocka_unit_test_setup_teardown(test, empty_store, restore_store)

#endif
