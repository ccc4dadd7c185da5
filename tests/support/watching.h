/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests about watching share: changes made by another process, and its outcome. */
#ifndef MMIO_TEST_WATCHING_H
#define MMIO_TEST_WATCHING_H

#include "children.h"
#include "support.h"

/* Upper bound of what the tests wait for, in ms. */
#define PATIENCE 20000

/* Run by a child process, which must come to its end. */
void by_another_process(void (*change)(void));
/* The same; answers the child's exit code, 0 at its end. */
int exit_code_of_another_process(void (*change)(void));
/* Skips the test if child processes cannot start threads in this build. */
void need_threads_in_children(void);

/* Plain system calls of the child on files of the current directory. */
void put_bytes(const char *path, uint64_t offset, const char *bytes);
void new_file(const char *path, uint64_t size);

/* Number of the library's threads in this process, as the kernel lists them; and wait until there
 * are so many. */
int count_threads(void);
void await_threads(int count);
/* Wait until a thread of the process sleeps, by its number: see gettid(). */
void await_asleep(int thread);

#endif
