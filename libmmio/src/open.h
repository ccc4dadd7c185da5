/* SPDX-License-Identifier: Apache-2.0 */
/* What the ways of making a map or a file share. */
#ifndef MMIO_OPEN_INTERNAL_H
#define MMIO_OPEN_INTERNAL_H

#include "map.h"

#define MMIO__DEFAULT_PERMISSIONS 0600u
#define MMIO__ALL_PERMISSIONS 07777u

/* What a map that is being opened stands on. */
typedef struct mmio__backing {
    intptr_t handle;
    uint64_t size;
    uint64_t unit;    /* As mmio_map::file_unit; 0 is 1. */
    bool is_callers;  /* Until the map is made. */
    bool was_created; /* By this call: removed if it fails. */
    bool was_emptied; /* By this call, or empty before it: left at length 0 if it fails. */
} mmio__backing;

/* Copy the options in; MMIO_MODE_DEFAULT becomes RW if that is what the caller's kind of map is by
 * default, or if they create. */
mmio_status mmio__options_read(const mmio__call *call, const mmio_open_options *given,
                               bool is_rw_by_default, mmio_open_options *out_options);
bool mmio__options_create(const mmio_open_options *options);
/* MMIO_OK if a file or map may have this size, else INVALID or TOO_LARGE. */
mmio_status mmio__check_size(const mmio__call *call, uint64_t size);

/* Open or create the file of a path, as checked options say, and map it. */
mmio_status mmio__map_path(const mmio__call *call, const char *path,
                           const mmio_open_options *options, uint32_t kind, mmio_map **out_map);

/* Whether nothing is asked for that memory without a disk behind it does not have. */
bool mmio__options_are_of_memory(const mmio_open_options *options);
/* Make new memory of a kind, and map it. */
mmio_status mmio__map_memory(const mmio__call *call, uint64_t size,
                             const mmio_open_options *options, uint32_t kind, mmio_map **out_map);

/* Map an open file. On success the map owns its handle, on failure the caller does. */
mmio_status mmio__map_create(const mmio__call *call, const mmio_open_options *options,
                             uint32_t kind, const mmio__backing *file, mmio_map **out_map);

#endif
