/* SPDX-License-Identifier: Apache-2.0 */
/* What the POSIX file calls and those of the particular system need from each other. */
#ifndef MMIO_OS_POSIX_FILE_H
#define MMIO_OS_POSIX_FILE_H

#include <stdbool.h>
#include <stdint.h>

/* What chmod() calls the nine bits of owner, group and others. */
#define MMIO__POSIX_PERMISSIONS 0777u

/* open(), and again if it was interrupted: on network and FUSE file systems it can wait. */
int32_t mmio__posix_open(const char *path, int flags, unsigned mode, int *out_fd);
/* open() that refuses to leave the current directory; EOPNOTSUPP where there is none. */
int32_t mmio__posix_open_beneath(const char *path, int flags, unsigned mode, int *out_fd);

/* Whether a file of this size is above RLIMIT_FSIZE. Asked before every call that makes a file
 * longer: exceeding the limit raises SIGXFSZ, which ends a process that does not expect it. */
bool mmio__posix_exceeds_file_limit(uint64_t size);

#endif
