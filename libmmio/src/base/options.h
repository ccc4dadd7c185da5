/* SPDX-License-Identifier: Apache-2.0 */
/* Structs that start with their own size and grow at the end. */
#ifndef MMIO_BASE_OPTIONS_H
#define MMIO_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copy a caller's options into `known`, whose size this library knows; what the caller's struct is
 * too short to hold becomes 0. False if its struct_size is below `least` or absurd, or if bytes
 * beyond `known_size` are set: they ask for something this library has never heard of. */
bool mmio__options_copy(void *known, size_t known_size, size_t least, const void *given);

/* Copy `known` out into a caller's struct of `struct_size` bytes and clear what lies beyond. */
void mmio__info_copy(void *given, uint32_t struct_size, const void *known, size_t known_size);

#endif
