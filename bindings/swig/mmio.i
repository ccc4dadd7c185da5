/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmmio for the languages that SWIG knows.
 *
 * Constants, options and functions about the library itself come straight out of the headers.
 * Maps, views and walks are classes whose methods are the C functions without their prefix.
 *
 * Each language includes a file of its own, which turns into its own terms:
 *
 *     mmio_error *error                 a status other than MMIO_OK into an exception
 *     mmio_map **out_map                a new Map object
 *     const char *path, *label          its paths, bytes without NUL
 *     (void *buffer, size_t size)       its writable buffers
 *     (const void *data, size_t size)   its readable buffers
 *     uint32_t, uint64_t, ...           its numbers, refusing those that do not fit
 *     intptr_t *out_handle              a number
 *     mmio_swig_view, mmio_swig_walk    what they lend, without copying
 *
 * Holders are left to the language, which counts references to the Map object itself.
 */
%module mmio

%{
#include "lend.h"
%}

%include <stdint.i>
%include <typemaps.i>

%define MMIO_API
%enddef
%define MMIO_CALL
%enddef

%nodefaultctor;
%nodefaultdtor;

/* Names: MMIO_MODE_RO becomes MODE_RO, mmio_page_size() becomes page_size(). */
%rename("%(strip:[MMIO_])s", %$isconstant) "";
%rename("%(strip:[mmio_])s", %$isfunction, %$not %$ismember) "";
%rename("$ignore", regextarget=1, %$isfunction, %$not %$ismember) "^mmio_(map|view|walk|atomic)_";
%rename(map_granularity) mmio_map_granularity;
%rename(Map) mmio_map;
%rename(View) mmio_swig_view;
%rename(Walk) mmio_swig_walk;
%rename(OpenOptions) mmio_open_options;
%rename(Info) mmio_map_info;
%ignore mmio_error;
%ignore mmio_set_allocator;
%ignore mmio_view;
%ignore mmio_walk;
%ignore mmio_io;
%ignore mmio_residency;
%ignore mmio_open_options::struct_size;
%ignore mmio_open_options::reserved;
%ignore mmio_open_options::window_offset;
%ignore mmio_open_options::window_size;
%ignore mmio_open_options::policy;
%ignore mmio_open_options::policy_amount;
%ignore mmio_shared_remove;
%ignore mmio_map_info::struct_size;
%ignore mmio_map_info::reserved;
%ignore mmio_map_info::flushes;
%ignore mmio_map_info::age_ms;
%ignore mmio_map_info::window_offset;
%ignore mmio_map_info::appended;
%ignore mmio_map_info::policy_amount;
%ignore mmio_map_info::policy;
%ignore mmio_map_info::is_writable;
%ignore mmio_map_info::is_closed;
%immutable mmio_map_info::mode;
%immutable mmio_map_info::kind;
%immutable mmio_map_info::holders;
%immutable mmio_map_info::size;
%immutable mmio_map_info::reserve;
%immutable mmio_map_info::pending;
%immutable mmio_map_info::handle;
%immutable mmio_map_info::views;
%immutable mmio_map_info::faults;
%immutable mmio_map_info::lost_code;

%apply uint32_t *OUTPUT { uint32_t *out_value, uint32_t *out_before };
%apply uint64_t *OUTPUT { uint64_t *out_value, uint64_t *out_before };

/* The record lives on the stack, so that a failure costs no second call. */
%typemap(in, numinputs=0, noblock=1) mmio_error *error (mmio_error failure) {
    failure.status = MMIO_OK;
    $1 = &failure;
}

#ifdef SWIGPYTHON
%include "python/python.i"
#endif

/* An opaque handle, for SWIG a class without members. */
typedef struct mmio_map {
} mmio_map;

%include <mmio/base.h>
%include <mmio/map.h>
%include <mmio/view.h>
%include <mmio/copy.h>
%include <mmio/flush.h>
%include <mmio/paging.h>
%include <mmio/atomic.h>
%include <mmio/fault.h>

%extend mmio_open_options {
    mmio_open_options(mmio_error *error)
    {
        mmio_open_options *options = mmio_swig_allocate(sizeof *options, error);
        if (options != NULL) {
            options->struct_size = sizeof *options;
        }
        return options;
    }

    ~mmio_open_options()
    {
        free($self);
    }
}

%extend mmio_map_info {
    ~mmio_map_info()
    {
        free($self);
    }
}

%newobject mmio_map::inspect;
%newobject mmio_map::view;
%newobject mmio_map::cells;
%newobject mmio_map::walk;

%define %atomic_update(bits, operation)
    mmio_status atomic_u ## bits ## _ ## operation(uint64_t offset, uint ## bits ## _t value,
                                                   uint ## bits ## _t *out_before,
                                                   mmio_error *error)
    {
        return mmio_atomic_u ## bits ## _ ## operation($self, offset, value, out_before, error);
    }
%enddef

%define %atomics(bits)
    mmio_status atomic_u ## bits ## _load(uint64_t offset, uint ## bits ## _t *out_value,
                                          mmio_error *error)
    {
        return mmio_atomic_u ## bits ## _load($self, offset, out_value, error);
    }

    mmio_status atomic_u ## bits ## _store(uint64_t offset, uint ## bits ## _t value,
                                           mmio_error *error)
    {
        return mmio_atomic_u ## bits ## _store($self, offset, value, error);
    }

    mmio_status atomic_u ## bits ## _compare_exchange(uint64_t offset,
                                                      uint ## bits ## _t expected,
                                                      uint ## bits ## _t desired,
                                                      uint ## bits ## _t *out_before,
                                                      mmio_error *error)
    {
        return mmio_atomic_u ## bits ## _compare_exchange($self, offset, expected, desired,
                                                          out_before, error);
    }

%atomic_update(bits, exchange)
%atomic_update(bits, add)
%atomic_update(bits, sub)
%atomic_update(bits, and)
%atomic_update(bits, or)
%atomic_update(bits, xor)
%enddef

/* A method without a body is the C function mmio_map_<method>(). */
%extend mmio_map {
    static mmio_status open(const char *path, const mmio_open_options *options,
                            mmio_map **out_map, mmio_error *error);
    static mmio_status from_handle(intptr_t handle, const char *label,
                                   const mmio_open_options *options, mmio_map **out_map,
                                   mmio_error *error);
    static mmio_status anonymous(uint64_t size, const mmio_open_options *options,
                                 mmio_map **out_map, mmio_error *error);

    ~mmio_map()
    {
        mmio_map_close($self);
    }

    mmio_status shutdown(mmio_error *error);
    mmio_status into_handle(intptr_t *out_handle, mmio_error *error);

    uint64_t size();
    uint32_t mode();
    const char *path();
    uint64_t pending();

    mmio_map_info *inspect(mmio_error *error)
    {
        mmio_map_info *info = mmio_swig_allocate(sizeof *info, error);
        if (info == NULL) {
            return NULL;
        }
        info->struct_size = sizeof *info;
        if (mmio_map_get_info($self, info, error) != MMIO_OK) {
            free(info);
            return NULL;
        }
        return info;
    }

    mmio_status resize(uint64_t new_size, int64_t timeout_ms, mmio_error *error);

    mmio_swig_view *view(uint64_t offset, uint64_t size, uint32_t flags, mmio_error *error)
    {
        mmio_view view;
        const mmio_status status = mmio_view_acquire($self, offset, size, flags, &view, error);
        return status != MMIO_OK
                   ? NULL
                   : mmio_swig_view_new(&view, (flags & MMIO_VIEW_WRITE) != 0, error);
    }

    mmio_swig_view *cells(uint64_t offset, uint64_t count, uint32_t cell_size,
                          mmio_error *error)
    {
        mmio_view view;
        const mmio_status status =
            mmio_atomic_acquire($self, offset, count, cell_size, &view, error);
        return status != MMIO_OK ? NULL : mmio_swig_view_new(&view, true, error);
    }

    mmio_swig_walk *walk(uint64_t chunk_size, uint32_t flags, mmio_error *error)
    {
        mmio_walk walk;
        const mmio_status status = mmio_walk_begin($self, chunk_size, flags, &walk, error);
        return status != MMIO_OK
                   ? NULL
                   : mmio_swig_walk_new(&walk, (flags & MMIO_VIEW_WRITE) != 0, error);
    }

    uintptr_t address(mmio_error *error)
    {
        const void *data;
        (void)mmio_map_data($self, &data, error);
        return (uintptr_t)data;
    }

    uintptr_t address_mut(mmio_error *error)
    {
        void *data;
        (void)mmio_map_data_mut($self, &data, error);
        return (uintptr_t)data;
    }

    mmio_status read(uint64_t offset, void *buffer, size_t size, mmio_error *error);
    mmio_status read_within(uint64_t offset, void *buffer, size_t size, int64_t timeout_ms,
                            mmio_error *error);
    mmio_status write(uint64_t offset, const void *data, size_t size, mmio_error *error);
    mmio_status write_within(uint64_t offset, const void *data, size_t size, int64_t timeout_ms,
                             mmio_error *error);

    mmio_status flush(uint32_t level, mmio_error *error);
    mmio_status flush_range(uint64_t offset, uint64_t size, uint32_t level, mmio_error *error);

    mmio_status rewrite_lost(uint32_t level, mmio_error *error);
    mmio_status acknowledge_loss(mmio_error *error);
    mmio_status set_policy(uint32_t policy, uint64_t amount, mmio_error *error);

    mmio_status check_faults(mmio_error *error);

%atomics(32)
%atomics(64)
}

/* Borrowed bytes. The object gives them back when it goes, unless release() did. */
typedef struct mmio_swig_view {
} mmio_swig_view;

%extend mmio_swig_view {
    %immutable;
    bool writable;
    bool released;
    %mutable;

    ~mmio_swig_view()
    {
        mmio_view_release(&$self->view);
        free($self);
    }

    uint64_t size(mmio_error *error)
    {
        return mmio_swig_check_lender(&$self->lender, error) ? $self->lender.size : 0;
    }

    uintptr_t address(mmio_error *error)
    {
        return mmio_swig_check_lender(&$self->lender, error) ? (uintptr_t)$self->lender.data : 0;
    }

    /* MMIO_ERR_BUSY while the target language still looks at the bytes. */
    void release(mmio_error *error);
}

/* Chunk after chunk of a map. The object ends its walk when it goes, unless release() did. */
typedef struct mmio_swig_walk {
} mmio_swig_walk;

%extend mmio_swig_walk {
    %immutable;
    uint64_t count;
    %mutable;

    ~mmio_swig_walk()
    {
        mmio_walk_end(&$self->walk);
        free($self);
    }

    /* Take the next chunk, which is then what the walk lends. */
    bool next(mmio_error *error)
    {
        return mmio_swig_check_lender(&$self->lender, error) && mmio_swig_walk_next($self);
    }

    void release(mmio_error *error);
}
