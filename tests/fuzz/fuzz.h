/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the targets share. Each is one function that takes bytes, as libFuzzer calls it, and that
 * aborts when the library did what it must not. The current directory is an empty one.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dice.h"
#include "mmio.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Files become no longer, unless a target says otherwise: what is asked for may be anything. */
#define FILE_SIZE_MOST ((uint64_t)1 << 20)
void limit_files(uint64_t size);

#define must(condition) check_must(condition, #condition, __FILE__, __LINE__)
void check_must(bool condition, const char *text, const char *file, int line);
/* As must(status == MMIO_OK), and tells the message. */
void must_work(mmio_status status, const mmio_error *error);

/* Dice that the input throws. */
dice dice_of(const uint8_t *bytes, size_t size);
/* What is left of the input as a text in its own memory, for the caller to free; it ends at the
 * first NUL. */
char *rest_as_text(const dice *d);

/* A record that belongs to the status: both or neither say that it went well, and the message
 * is one line that ends. */
void check_record(mmio_status status, const mmio_error *error);

#endif
