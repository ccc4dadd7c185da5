/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON (RFC 8259) strictly, as far as an inventory has it: no fractions, no exponents. */
#ifndef FUZZ_JSON_H
#define FUZZ_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the UTF-8 character at a text that ends with NUL, and its number; 0 if there is none.
 */
size_t json_character(const char *text, uint32_t *out_character);
/* One character of a string, escaped or not; what is behind it. NULL at its end, or if wrong. */
const char *json_string_character(const char *text, uint32_t *out_character);
/* Behind the value, and white space round it; NULL if there is none. */
const char *json_value(const char *text);

#endif
