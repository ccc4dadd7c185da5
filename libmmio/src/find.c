/* SPDX-License-Identifier: Apache-2.0 */
/* Finding bytes. */
#include <string.h>

#include "base/memory.h"
#include "guard.h"
#include "mmio/copy.h"

/* What is looked at at once, in memory of our own, where nothing can vanish. */
#define WINDOW ((size_t)16 << 10)

/* A pattern, and room to look for it in. */
typedef struct search {
    const void *pattern;
    size_t pattern_size;
    uint8_t *window;
    size_t window_size; /* More than the pattern. */
} search;

/* The offset in the bytes where the pattern begins, `size` if it is not there. What could not be
 * looked at, from the end, is left. */
static uint64_t look_through(const search *s, const uint8_t *bytes, uint64_t size,
                             uint64_t *out_left)
{
    uint64_t at = 0; /* Where the window begins. */
    size_t kept = 0; /* Its bytes that were there before: too few for the pattern. */
    *out_left = 0;
    while (at + kept < size) {
        const uint64_t rest = size - at - kept;
        const size_t room = s->window_size - kept;
        const size_t wanted = rest < room ? (size_t)rest : room;
        const uint64_t left = mmio__copy_out(s->window + kept, bytes + at + kept, wanted);
        const size_t filled = kept + wanted - (size_t)left;
        const uint8_t *found = mmio__os_find_bytes(s->window, filled, s->pattern, s->pattern_size);
        if (found != NULL) {
            return at + (uint64_t)(found - s->window);
        }
        if (left != 0) {
            *out_left = size - at - filled;
            break;
        }
        kept = s->pattern_size - 1;
        memmove(s->window, s->window + filled - kept, kept);
        at += filled - kept;
    }
    return size;
}

static mmio_status find_by(const mmio__call *call, const mmio_map *map, const mmio__hold *hold,
                           uint64_t offset, uint64_t size, const search *s, uint64_t *out_offset)
{
    uint64_t left;
    const uint64_t found = look_through(s, hold->data, size, &left);
    if (left != 0) {
        return mmio__fail_fault(call, map, offset, size, left, false);
    }
    if (found < size) {
        *out_offset = offset + found;
    }
    return MMIO_OK;
}

/* The pattern fits the range. */
static mmio_status find_held(const mmio__call *call, const mmio_map *map, const mmio__hold *hold,
                             uint64_t offset, uint64_t size, const void *pattern,
                             size_t pattern_size, uint64_t *out_offset)
{
    uint8_t window[WINDOW];
    search s = {pattern, pattern_size, window, sizeof window};
    if (pattern_size <= WINDOW / 2) {
        return find_by(call, map, hold, offset, size, &s, out_offset);
    }
    s.window_size = pattern_size + WINDOW;
    s.window = mmio__allocate(s.window_size);
    if (s.window == NULL) {
        return mmio__fail(call, MMIO_ERR_NO_MEMORY, "no memory to find %llu bytes in",
                          (unsigned long long)pattern_size);
    }
    const mmio_status status = find_by(call, map, hold, offset, size, &s, out_offset);
    mmio__free(s.window);
    return status;
}

mmio_status mmio_map_find(mmio_map *map, uint64_t offset, uint64_t size, const void *pattern,
                          size_t pattern_size, uint64_t *out_offset, mmio_error *error)
{
    const mmio__call call = {"mmio_map_find", mmio_map_path(map), error};
    if (out_offset != NULL) {
        *out_offset = UINT64_MAX;
    }
    if (map == NULL || out_offset == NULL || (pattern == NULL && pattern_size != 0)) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map, pattern or out_offset is NULL");
    }
    mmio__hold hold;
    mmio_status status = mmio__hold_take(&call, map, offset, size, &hold);
    if (status != MMIO_OK) {
        return status;
    }
    if (pattern_size == 0) {
        *out_offset = offset;
    } else if (pattern_size <= size) {
        status = find_held(&call, map, &hold, offset, size, pattern, pattern_size, out_offset);
    }
    mmio__hold_release(&hold);
    return status;
}
