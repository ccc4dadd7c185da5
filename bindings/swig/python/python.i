/* SPDX-License-Identifier: Apache-2.0 */
/* libmmio in Python's terms; see mmio.i for what is asked of a language. */

%begin %{
#define PY_SSIZE_T_CLEAN
%}

%{
#include "mmio_python.h"
%}

/* Errors. They are in the record, so that the status itself is dropped. */

%typemap(argout) mmio_error *error {
    if ($1->status != MMIO_OK) {
        Py_XDECREF($result);
        mmio_python_raise($1);
        SWIG_fail;
    }
}
%typemap(out, noblock=1) mmio_status {
    (void)$1;
    $result = SWIG_Py_Void();
}
%feature("python:tp_new") mmio_map "mmio_python_refuse_new";
%feature("python:tp_new") mmio_map_info "mmio_python_refuse_new";
%feature("python:tp_new") mmio_swig_view "mmio_python_refuse_new";
%feature("python:tp_new") mmio_swig_walk "mmio_python_refuse_new";
%feature("python:tp_new") mmio_open_options "mmio_python_new_options";

/* Numbers. */

%typemap(in) uint32_t (uint64_t number) {
    if (!mmio_python_unsigned($input, UINT32_MAX, &number)) {
        SWIG_fail;
    }
    $1 = (uint32_t)number;
}
%typemap(in) uint64_t (uint64_t number) {
    if (!mmio_python_unsigned($input, UINT64_MAX, &number)) {
        SWIG_fail;
    }
    $1 = number;
}
%typemap(in) int32_t (int64_t number) {
    if (!mmio_python_signed($input, INT32_MIN, INT32_MAX, &number)) {
        SWIG_fail;
    }
    $1 = (int32_t)number;
}
%typemap(in) int64_t (int64_t number) {
    if (!mmio_python_signed($input, INT64_MIN, INT64_MAX, &number)) {
        SWIG_fail;
    }
    $1 = number;
}
%typemap(in) intptr_t (int64_t number) {
    if (!mmio_python_signed($input, INTPTR_MIN, INTPTR_MAX, &number)) {
        SWIG_fail;
    }
    $1 = (intptr_t)number;
}
%typemap(out) uintptr_t "$result = PyLong_FromVoidPtr((void *)$1);"

/* Paths are bytes objects here; the package encodes. */

%typemap(in) (const char *path), (const char *label) {
    if (PyBytes_AsStringAndSize($input, &$1, NULL) != 0) {
        SWIG_fail;
    }
}
%typemap(out) const char *path {
    $result = $1 != NULL ? PyBytes_FromString($1) : SWIG_Py_Void();
}

%typemap(in, numinputs=0) mmio_map **out_map (mmio_map *map) "$1 = &map;"
%typemap(argout) mmio_map **out_map {
    Py_SETREF($result, SWIG_NewPointerObj(*$1, $*1_descriptor, SWIG_POINTER_OWN));
}

%typemap(in, numinputs=0) intptr_t *out_handle (intptr_t handle) "$1 = &handle;"
%typemap(argout) intptr_t *out_handle {
    Py_SETREF($result, PyLong_FromLongLong(*$1));
}

/* Buffers. */

%typemap(in) (void *buffer, size_t size) (Py_buffer bytes = {0}) {
    if (PyObject_GetBuffer($input, &bytes, PyBUF_WRITABLE) != 0) {
        SWIG_fail;
    }
    $1 = bytes.buf;
    $2 = (size_t)bytes.len;
}
%typemap(in) (const void *data, size_t size) (Py_buffer bytes = {0}) {
    if (PyObject_GetBuffer($input, &bytes, PyBUF_SIMPLE) != 0) {
        SWIG_fail;
    }
    $1 = bytes.buf;
    $2 = (size_t)bytes.len;
}
%typemap(freearg) (void *buffer, size_t size), (const void *data, size_t size) {
    PyBuffer_Release(&bytes$argnum);
}

/* Calls that may wait, or copy much, let other threads run. */

%define %lets_others_run(method, is_worth_it)
%exception mmio_map::method {
    PyThreadState *thread = mmio_python_leave(is_worth_it);
    $action
    mmio_python_return(thread);
}
%enddef

%lets_others_run(open, true)
%lets_others_run(from_handle, true)
%lets_others_run(anonymous, true)
%lets_others_run(shutdown, true)
%lets_others_run(~mmio_map, true)
%lets_others_run(resize, true)
%lets_others_run(flush, true)
%lets_others_run(flush_range, true)
%lets_others_run(rewrite_lost, true)
%lets_others_run(set_policy, true)
%lets_others_run(check_faults, true)
%lets_others_run(read, arg4 >= MMIO_PYTHON_LONG_COPY)
%lets_others_run(read_within, mmio_python_may_be_long(arg4, arg5))
%lets_others_run(write, arg4 >= MMIO_PYTHON_LONG_COPY)
%lets_others_run(write_within, mmio_python_may_be_long(arg4, arg5))
%lets_others_run(write_flushing, true)

%extend mmio_map {
    PyObject *read_bytes(uint64_t offset, uint64_t size, int64_t timeout_ms, mmio_error *error)
    {
        return mmio_python_read($self, offset, size, timeout_ms, error);
    }

    /* One that obeys a policy may wait for the device, however short it is. */
    mmio_status write_flushing(uint64_t offset, const void *data, size_t size, int64_t timeout_ms,
                               mmio_error *error)
    {
        return mmio_map_write_within($self, offset, data, size, timeout_ms, error);
    }
}

/* Views and walks. */

%feature("docstring") mmio_swig_view
"Borrowed bytes of a map, made by Map.view() and Map.cells().

It has the buffer protocol: memoryview(view) and all that takes a buffer read and write the mapped
bytes themselves. They stay mapped until the view is released, at the end of its with block, by
release(), or when nothing refers to it any more; also after the map was closed. A released view
raises ClosedError.";

%feature("docstring") mmio_swig_view::writable "True if the bytes may be written.";
%feature("docstring") mmio_swig_view::released "True after release().";
%feature("docstring") mmio_swig_view::address
"Return the address of the first byte, good until the view is released.";
%feature("docstring") mmio_swig_view::release
"Give the bytes back; harmless when called again.

Raises BusyError, which is a BufferError, while memoryviews of the view live.";

%feature("docstring") mmio_swig_walk
"Iterator over a map in memoryviews of one size, made by Map.chunks(). For one thread at a time.

The map's bytes stay borrowed until the iterator and all of its chunks are gone, or release().";

%feature("docstring") mmio_swig_walk::count "Number of chunks, from the start.";
%feature("docstring") mmio_swig_walk::release
"Give the bytes back; harmless when called again.

Raises BusyError, which is a BufferError, while chunks live.";

%feature("python:bf_getbuffer") mmio_swig_view "mmio_python_get_buffer";
%feature("python:bf_releasebuffer") mmio_swig_view "mmio_python_release_buffer";
%feature("python:sq_length") mmio_swig_view "mmio_python_length";
%feature("python:bf_getbuffer") mmio_swig_walk "mmio_python_get_buffer";
%feature("python:bf_releasebuffer") mmio_swig_walk "mmio_python_release_buffer";
%feature("python:tp_iter") mmio_swig_walk "PyObject_SelfIter";
%feature("python:tp_iternext") mmio_swig_walk "mmio_python_next_chunk";
%ignore mmio_swig_view::size;
%ignore mmio_swig_walk::next;

%typemap(in, numinputs=0) PyObject *object "$1 = self;"

%extend mmio_swig_view {
    PyObject *__enter__(PyObject *object, mmio_error *error)
    {
        return mmio_swig_check_lender(&$self->lender, error) ? Py_NewRef(object) : NULL;
    }

    void __exit__(PyObject *type, PyObject *value, PyObject *traceback, mmio_error *error)
    {
        (void)type;
        (void)value;
        (void)traceback;
        mmio_swig_view_release($self, error);
    }
}
