/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views and walks as objects that lend their bytes to objects of the target language, its buffers
 * and slices, and give the bytes back to the map exactly once, on whatever thread.
 */
#ifndef MMIO_SWIG_LEND_H
#define MMIO_SWIG_LEND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <mmio.h>

/* The count of loans of a lender whose bytes were given back. */
#define MMIO_SWIG_RETIRED (-1)

/* One word counts the loans and says whether there is anything to lend, so that no loan can slip
 * in between a look at the count and the release. */
typedef struct mmio_swig_lender {
    void *data;
    uint64_t size;
    bool is_writable;
    _Atomic int64_t loans;
} mmio_swig_lender;

typedef struct mmio_swig_view {
    mmio_swig_lender lender;
    mmio_view view;
} mmio_swig_view;

/* Lends the chunk that was taken last. */
typedef struct mmio_swig_walk {
    mmio_swig_lender lender;
    mmio_walk walk;
} mmio_swig_walk;

static void mmio_swig_fail(mmio_error *error, mmio_status status, const char *message)
{
    *error = (mmio_error){.status = status};
    (void)snprintf(error->message, sizeof error->message, "%s", message);
}

static void *mmio_swig_allocate(size_t size, mmio_error *error)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        mmio_swig_fail(error, MMIO_ERR_NO_MEMORY, "no memory for one more object");
    }
    return memory;
}

static bool mmio_swig_is_retired(const mmio_swig_lender *lender)
{
    return atomic_load(&lender->loans) == MMIO_SWIG_RETIRED;
}

/* Count one more loan; false if there is nothing to lend any more. */
static bool mmio_swig_lend(mmio_swig_lender *lender)
{
    int64_t loans = atomic_load(&lender->loans);
    while (loans != MMIO_SWIG_RETIRED) {
        if (atomic_compare_exchange_weak(&lender->loans, &loans, loans + 1)) {
            return true;
        }
    }
    return false;
}

static void mmio_swig_take_back(mmio_swig_lender *lender)
{
    atomic_fetch_sub(&lender->loans, 1);
}

/* True if there is something to lend, else MMIO_ERR_CLOSED. */
static bool mmio_swig_check_lender(const mmio_swig_lender *lender, mmio_error *error)
{
    const bool is_retired = mmio_swig_is_retired(lender);
    if (is_retired) {
        mmio_swig_fail(error, MMIO_ERR_CLOSED, "the view was released");
    }
    return !is_retired;
}

/* True for the one caller who now has to give the bytes back. False if that was done before, and
 * with MMIO_ERR_BUSY if some are still lent. */
static bool mmio_swig_retire(mmio_swig_lender *lender, mmio_error *error)
{
    int64_t loans = 0;
    const bool is_ours = atomic_compare_exchange_strong(&lender->loans, &loans, MMIO_SWIG_RETIRED);
    if (!is_ours && loans != MMIO_SWIG_RETIRED) {
        mmio_swig_fail(error, MMIO_ERR_BUSY, "the bytes are still lent to other objects");
    }
    return is_ours;
}

/* Takes over an acquired view. */
static mmio_swig_view *mmio_swig_view_new(mmio_view *acquired, bool is_writable, mmio_error *error)
{
    mmio_swig_view *view = mmio_swig_allocate(sizeof *view, error);
    if (view == NULL) {
        mmio_view_release(acquired);
        return NULL;
    }
    view->lender.data = acquired->data;
    view->lender.size = acquired->size;
    view->lender.is_writable = is_writable;
    view->view = *acquired;
    return view;
}

/* Attributes, by the names that SWIG looks for. */
static bool mmio_swig_view_writable_get(const mmio_swig_view *view)
{
    return view->lender.is_writable;
}

static bool mmio_swig_view_released_get(const mmio_swig_view *view)
{
    return mmio_swig_is_retired(&view->lender);
}

static uint64_t mmio_swig_walk_count_get(const mmio_swig_walk *walk)
{
    return walk->walk.chunk_count;
}

static void mmio_swig_view_release(mmio_swig_view *view, mmio_error *error)
{
    if (mmio_swig_retire(&view->lender, error)) {
        mmio_view_release(&view->view);
    }
}

static mmio_swig_walk *mmio_swig_walk_new(mmio_walk *begun, bool is_writable, mmio_error *error)
{
    mmio_swig_walk *walk = mmio_swig_allocate(sizeof *walk, error);
    if (walk == NULL) {
        mmio_walk_end(begun);
        return NULL;
    }
    walk->lender.is_writable = is_writable;
    walk->walk = *begun;
    return walk;
}

/* Take the next chunk; false if there is none. */
static bool mmio_swig_walk_next(mmio_swig_walk *walk)
{
    return mmio_walk_next(&walk->walk, &walk->lender.data, &walk->lender.size) != 0;
}

static void mmio_swig_walk_release(mmio_swig_walk *walk, mmio_error *error)
{
    if (mmio_swig_retire(&walk->lender, error)) {
        mmio_walk_end(&walk->walk);
    }
}

#endif
