/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of faults share: taking bytes from under maps, and processes that may die of it.
 */
#ifndef MMIO_TEST_FAULTS_H
#define MMIO_TEST_FAULTS_H

#include "children.h"
#include "support.h"

/* Have another process cut a file. */
void cut_file(const char *path, uint64_t size);
/* The bytes of a page. */
uint64_t page_size(void);

/* Run in a process of its own, without handlers, that has 60 seconds. It ends well when the body
 * returns; need() ends it badly. */
void survives(void (*body)(void));
/* The same, of a body that the signal ends. */
void dies_of(int signal, void (*body)(void));

/* For such bodies. */
void arm(void);
/* Two pages of a file, of which the second is gone. */
mmio_map *half_gone(void);
/* Whether reading from its second page answers. */
bool read_answers(mmio_map *map);
/* Use bytes of a file that are gone by code of the test's own. */
void fault_here(void);

#endif
