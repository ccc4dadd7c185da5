/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

/* All pages that SIZE_MOST bytes can touch, whatever their size. */
#define PAGES_MOST (SIZE_MOST / 4096)

store *store_create(uint64_t size, bool is_file)
{
    store *s = calloc(1, sizeof *s);
    uint8_t *bytes = calloc(1, SIZE_MOST);
    if (s == NULL || bytes == NULL) {
        free(bytes);
        free(s);
        return NULL;
    }
    *s = (store){bytes, size, is_file};
    return s;
}

void store_free(store *s)
{
    if (s != NULL) {
        free(s->bytes);
        free(s);
    }
}

void store_resize(store *s, uint64_t new_size)
{
    if (new_size < s->size) {
        memset(s->bytes + new_size, 0, s->size - new_size);
    }
    s->size = new_size;
}

subject *subject_create(store *s, uint32_t mode, uint32_t kind)
{
    subject *created = calloc(1, sizeof *created);
    if (created == NULL) {
        return NULL;
    }
    created->store = s;
    created->mode = mode;
    created->kind = kind;
    created->append_end = APPENDED_NOTHING;
    created->size = s->size;
    created->holders = 1;
    created->users = 1;
    if (mode == MMIO_MODE_COW_RW) {
        created->own_bytes = calloc(1, SIZE_MOST);
        created->own_pages = calloc(PAGES_MOST, sizeof *created->own_pages);
        if (created->own_bytes == NULL || created->own_pages == NULL) {
            subject_free(created);
            return NULL;
        }
    }
    return created;
}

void subject_free(subject *s)
{
    if (!s->store->is_file) {
        store_free(s->store);
    }
    free(s->own_bytes);
    free(s->own_pages);
    free(s);
}

bool is_writable(const subject *s)
{
    return (s->mode == MMIO_MODE_RW || s->mode == MMIO_MODE_COW_RW) && !s->is_protected;
}

bool counts_pending(const subject *s)
{
    return s->mode == MMIO_MODE_RW && s->store->is_file;
}

/* Where the page ends that a byte is in, or the range if that comes first. */
static uint64_t piece_end(uint64_t offset, uint64_t end)
{
    const uint64_t page_end = (offset / mmio_page_size() + 1) * mmio_page_size();
    return page_end < end ? page_end : end;
}

void model_read(const subject *s, uint64_t offset, uint8_t *bytes, uint64_t size)
{
    const uint64_t begin = s->origin + offset;
    if (size != 0) {
        memcpy(bytes, s->store->bytes + begin, size);
    }
    if (s->own_pages == NULL) {
        return;
    }
    for (uint64_t at = begin, end = begin + size; at < end;) {
        const uint64_t next = piece_end(at, end);
        if (s->own_pages[at / mmio_page_size()]) {
            memcpy(bytes + (at - begin), s->own_bytes + at, next - at);
        }
        at = next;
    }
}

void model_own_pages(subject *s, uint64_t offset, uint64_t size)
{
    const uint64_t page_size = mmio_page_size();
    const uint64_t end = s->origin + offset + size;
    for (uint64_t at = s->origin + offset; s->own_pages != NULL && at < end;
         at = piece_end(at, end)) {
        const uint64_t page = at / page_size;
        if (!s->own_pages[page]) {
            s->own_pages[page] = true;
            memcpy(s->own_bytes + page * page_size, s->store->bytes + page * page_size, page_size);
        }
    }
}

void model_drop_pages(subject *s, uint64_t offset, uint64_t size)
{
    const uint64_t end = s->origin + offset + size;
    for (uint64_t at = s->origin + offset; s->own_pages != NULL && at < end;
         at = piece_end(at, end)) {
        s->own_pages[at / mmio_page_size()] = false;
    }
}

void model_write(subject *s, uint64_t offset, const uint8_t *bytes, uint64_t size)
{
    if (size == 0) {
        return;
    }
    model_own_pages(s, offset, size);
    memcpy((s->own_pages != NULL ? s->own_bytes : s->store->bytes) + s->origin + offset, bytes,
           size);
}

void model_pend(subject *s, uint64_t size)
{
    if (counts_pending(s)) {
        s->pending += size;
    }
}

void model_change(subject *s, uint64_t offset, const uint8_t *bytes, uint64_t size)
{
    model_write(s, offset, bytes, size);
    model_pend(s, size);
}

void model_flush(subject *s)
{
    s->pending = 0;
    s->policy_count = 0;
}

void model_count(subject *s, uint64_t writes, uint64_t bytes)
{
    if (writes == 0) {
        return;
    }
    s->policy_count += s->policy == MMIO_POLICY_EVERY_BYTES ? bytes : writes;
    if (s->policy != MMIO_POLICY_MANUAL && s->policy_count >= s->policy_amount) {
        model_flush(s);
    }
}

void model_copy_in(subject *s, uint64_t offset, const uint8_t *bytes, uint64_t size)
{
    model_change(s, offset, bytes, size);
    model_count(s, size != 0, size);
}

uint64_t model_refreshed_size(const subject *s)
{
    if (s->kind != MMIO_KIND_FILE) {
        return s->size;
    }
    const uint64_t rest = s->store->size > s->origin ? s->store->size - s->origin : 0;
    return s->window_size != 0 && s->window_size < rest ? s->window_size : rest;
}

uint64_t model_find(const subject *s, uint64_t offset, uint64_t size, const uint8_t *pattern,
                    size_t pattern_size)
{
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL) {
        abort();
    }
    if (size != 0) {
        model_read(s, offset, bytes, size);
    }
    uint64_t at = 0;
    while (pattern_size <= size && at <= size - pattern_size &&
           memcmp(bytes + at, pattern, pattern_size) != 0) {
        at++;
    }
    const bool is_found = pattern_size <= size && at <= size - pattern_size;
    free(bytes);
    return is_found || pattern_size == 0 ? offset + (is_found ? at : 0) : UINT64_MAX;
}

bool model_fits(uint64_t offset, uint64_t size, uint64_t limit)
{
    return size == 0 || (offset <= limit && size <= limit - offset);
}

mmio_status model_reading(const subject *s, uint64_t offset, uint64_t size)
{
    if (s->is_shut) {
        return MMIO_ERR_CLOSED;
    }
    return model_fits(offset, size, s->size) ? MMIO_OK : MMIO_ERR_RANGE;
}

mmio_status model_viewing(const subject *s, bool is_write, uint64_t offset, uint64_t size)
{
    if (!s->is_shut && is_write && !is_writable(s)) {
        return MMIO_ERR_MODE;
    }
    return model_reading(s, offset, size);
}

mmio_status model_writing(const subject *s, uint64_t offset, uint64_t size)
{
    return model_viewing(s, size != 0, offset, size);
}

mmio_status model_cell(const subject *s, uint64_t offset, uint64_t cell_size)
{
    const mmio_status status = model_viewing(s, true, offset, cell_size);
    return status == MMIO_OK || status == MMIO_ERR_RANGE
               ? ((s->origin + offset) % cell_size != 0 ? MMIO_ERR_ALIGN : status)
               : status;
}

mmio_status model_growing(const subject *s)
{
    if (s->is_shut) {
        return MMIO_ERR_CLOSED;
    }
    return s->mode == MMIO_MODE_RW && !s->is_window && !s->is_protected ? MMIO_OK : MMIO_ERR_MODE;
}

mmio_status model_resizing(const subject *s, uint64_t new_size, bool is_pinned)
{
    const mmio_status status = model_growing(s);
    if (status != MMIO_OK) {
        return status;
    }
    if (new_size == 0) {
        return MMIO_ERR_INVALID;
    }
    if (new_size > mmio_max_size()) {
        return MMIO_ERR_TOO_LARGE;
    }
    return is_pinned ? MMIO_ERR_BUSY : MMIO_OK;
}
