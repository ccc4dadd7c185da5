/* SPDX-License-Identifier: Apache-2.0 */
/* A text that grows. All zero is the empty one. */
#ifndef MMIO_BASE_TEXT_H
#define MMIO_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler.h"

typedef struct mmio__text {
    char *bytes; /* NUL-terminated once something was added. */
    size_t size;
    size_t capacity;
    bool is_short; /* Memory ran out: something is missing. */
} mmio__text;

void mmio__text_add(mmio__text *text, const char *format, ...) MMIO__PRINTF(2, 3);
/* In quotes; what is not UTF-8 becomes U+FFFD. */
void mmio__text_add_json_string(mmio__text *text, const char *string);
/* How much of a string is `most` bytes or less without a part of a character at its end. */
size_t mmio__text_cut(const char *string, size_t most);
void mmio__text_free(mmio__text *text);

#endif
