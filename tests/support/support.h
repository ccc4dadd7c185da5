/* SPDX-License-Identifier: Apache-2.0 */
/* What the contract tests share: a directory for each test, files in it, and statuses compared by
 * name. */
#ifndef MMIO_TEST_SUPPORT_H
#define MMIO_TEST_SUPPORT_H

#include <stdbool.h>
#include <string.h>

#include "cmocka_all.h"
#include "mmio.h"

/* cmocka set-up and tear-down: an empty temporary directory, which is the current directory while
 * the test runs and is removed with all that is in it. */
int enter_directory(void **state);
int leave_directory(void **state);

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, enter_directory, leave_directory)

/* Fails the test with the names of both statuses, and the message of the last failure below; also
 * if a part of that message is missing. */
void check_status(mmio_status expected, mmio_status actual, const char *call, const char *file,
                  int line);
#define assert_status(expected, call) check_status(expected, call, #call, __FILE__, __LINE__)
#define assert_ok(call) assert_status(MMIO_OK, call)

/* Pass this as `error`; check_status() prints it. */
extern mmio_error last_error;
#define ERR (&last_error)

/* Options with only what a test cares about. */
mmio_open_options options_of(uint32_t mode, uint32_t disposition, uint64_t size);

/* Maps, opened or the test fails. */
mmio_map *open_mode(const char *path, uint32_t mode);
mmio_map *create_map(const char *path, uint64_t size);
mmio_map *anonymous_map(uint64_t size);
mmio_map_info info_of(mmio_map *map);

/* Files, by plain system calls. */
void make_file(const char *path, uint64_t size, int fill);
uint64_t file_size(const char *path);
bool file_exists(const char *path);
void file_bytes(const char *path, uint64_t offset, void *bytes, size_t size);

/* A size no test disk holds. ThreadSanitizer leaves a program less address space. */
#if defined(__SANITIZE_THREAD__)
#define SPARSE_SIZE ((uint64_t)64 << 30)
#else
#define SPARSE_SIZE ((uint64_t)1 << 40)
#endif

/* Number of open descriptors of the process. */
int open_descriptors(void);

/* Pages of a file that the kernel has yet to write: those it has not begun with, and all. */
uint64_t dirty_pages(const char *path);
uint64_t unwritten_pages(const char *path);

/* Of the calling thread, as the system numbers it. */
int thread_id(void);
/* Whether that thread, of whatever process, is asleep in a system call, as the kernel reports; and
 * wait until it is. The test fails if it never is. */
bool is_in_system_call(int id, long system_call);
void await_sleep(int id, long system_call);

/* Start a thread, or wait for one; the test fails if that does not work. */
void start_thread(uintptr_t *out_thread, void *(*body)(void *argument), void *argument);
void *join_thread(uintptr_t thread);

/* Time that only goes forward. */
int64_t now_ms(void);

#endif
