/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <string.h>

/* No struct of ours will ever be this long; a longer one is uninitialized memory. */
#define STRUCT_SIZE_MAX 4096u

static bool is_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

bool mmio__options_copy(void *known, size_t known_size, size_t least, const void *given)
{
    uint32_t struct_size;
    memcpy(&struct_size, given, sizeof struct_size);
    if (struct_size < least || struct_size > STRUCT_SIZE_MAX) {
        return false;
    }
    if (struct_size > known_size &&
        !is_zero((const unsigned char *)given + known_size, struct_size - known_size)) {
        return false;
    }
    memset(known, 0, known_size);
    memcpy(known, given, struct_size < known_size ? struct_size : known_size);
    return true;
}

void mmio__info_copy(void *given, uint32_t struct_size, const void *known, size_t known_size)
{
    const size_t shared = struct_size < known_size ? struct_size : known_size;
    memcpy(given, known, shared);
    memset((unsigned char *)given + shared, 0, struct_size - shared);
    memcpy(given, &struct_size, sizeof struct_size);
}
