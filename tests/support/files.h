/* SPDX-License-Identifier: Apache-2.0 */
/* Files as stat() and plain reads see them. */
#ifndef MMIO_TEST_FILES_H
#define MMIO_TEST_FILES_H

#include "support.h"

uint32_t permissions_of(const char *path);
uint64_t disk_use(const char *path);

/* Names in a directory, beside . and .. */
int entries(const char *path);
void check_contents(const char *path, const char *text);
void publish(const char *path, const char *text);

#endif
