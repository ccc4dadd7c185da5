/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that a test starts, which end well if they come to their end. */
#ifndef MMIO_TEST_CHILDREN_H
#define MMIO_TEST_CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

/* In the child: say what is not so and leave with failure, unless the condition holds. */
#define need(condition) check_need(condition, #condition, __FILE__, __LINE__)
void check_need(bool condition, const char *text, const char *file, int line);
/* Wait for the child, which must end well. */
void end_well(pid_t child);

#endif
