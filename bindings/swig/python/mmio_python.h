/* SPDX-License-Identifier: Apache-2.0 */
/* What Python needs beside the generated code: exceptions, numbers, buffers, and leaving the GIL.
 * Included by the generated module, which declares Python and SWIG. */
#ifndef MMIO_PYTHON_H
#define MMIO_PYTHON_H

#include <limits.h>

#include "lend.h"

/* Copies of fewer bytes end sooner than other threads could begin to run. */
#define MMIO_PYTHON_LONG_COPY (256 * 1024)

/* Exceptions. */

/* Raise the exception of package mmio that stands for a failure. */
static void mmio_python_raise(const mmio_error *error)
{
    PyObject *errors = PyImport_ImportModule("mmio._errors");
    PyObject *message = PyUnicode_DecodeFSDefault(error->message);
    if (errors != NULL && message != NULL) {
        PyObject *exception =
            PyObject_CallMethod(errors, "from_record", "iiKKKKIO", (int)error->status,
                                (int)error->os_code, (unsigned long long)error->offset,
                                (unsigned long long)error->size, (unsigned long long)error->limit,
                                (unsigned long long)error->done, (unsigned)error->cause, message);
        if (exception != NULL) {
            PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
            Py_DECREF(exception);
        }
    }
    Py_XDECREF(message);
    Py_XDECREF(errors);
}

static void mmio_python_raise_closed(void)
{
    mmio_error error;
    mmio_swig_fail(&error, MMIO_ERR_CLOSED, "the object was closed");
    mmio_python_raise(&error);
}

/* Numbers. Whatever has __index__() is one, so floats and strings are not. */

static bool mmio_python_unsigned(PyObject *object, uint64_t most, uint64_t *out_value)
{
    PyObject *number = PyNumber_Index(object);
    if (number == NULL) {
        return false;
    }
    *out_value = PyLong_AsUnsignedLongLong(number);
    Py_DECREF(number);
    if (PyErr_Occurred() != NULL) {
        return false;
    }
    if (*out_value > most) {
        PyErr_Format(PyExc_OverflowError, "the number is above %llu", (unsigned long long)most);
        return false;
    }
    return true;
}

static bool mmio_python_signed(PyObject *object, int64_t least, int64_t most, int64_t *out_value)
{
    PyObject *number = PyNumber_Index(object);
    if (number == NULL) {
        return false;
    }
    *out_value = PyLong_AsLongLong(number);
    Py_DECREF(number);
    if (*out_value == -1 && PyErr_Occurred() != NULL) {
        return false;
    }
    if (*out_value < least || *out_value > most) {
        PyErr_Format(PyExc_OverflowError, "the number is outside %lld .. %lld", (long long)least,
                     (long long)most);
        return false;
    }
    return true;
}

/* Letting other threads run, if it is worth it. */

static PyThreadState *mmio_python_leave(bool is_worth_it)
{
    return is_worth_it ? PyEval_SaveThread() : NULL;
}

static void mmio_python_return(PyThreadState *thread)
{
    if (thread != NULL) {
        PyEval_RestoreThread(thread);
    }
}

/* Whether a copy is worth letting others run. One without a time-out waits for other copies only,
 * which need no help to end. */
static bool mmio_python_may_be_long(uint64_t size, int64_t timeout_ms)
{
    return size >= MMIO_PYTHON_LONG_COPY || timeout_ms > 0;
}

/* Copying out into new bytes. */
static PyObject *mmio_python_read(mmio_map *map, uint64_t offset, uint64_t size, int64_t timeout_ms,
                                  mmio_error *error)
{
    /* More than the map holds is a matter of range, not of memory: ask before allocating. */
    if (size > mmio_map_size(map)) {
        mmio_view view;
        if (mmio_view_acquire(map, offset, size, 0, &view, error) != MMIO_OK) {
            return NULL;
        }
        mmio_view_release(&view);
    }
    if (size > PY_SSIZE_T_MAX) {
        return PyErr_NoMemory();
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    if (bytes == NULL) {
        return NULL;
    }
    PyThreadState *thread = mmio_python_leave(mmio_python_may_be_long(size, timeout_ms));
    (void)mmio_map_read_within(map, offset, PyBytes_AS_STRING(bytes), (size_t)size, timeout_ms,
                               error);
    mmio_python_return(thread);
    return bytes;
}

/* Making objects. SWIG dies on one that came out of __new__() alone, as copy.copy() makes them. */

static PyObject *mmio_python_refuse_new(PyTypeObject *type, PyObject *Py_UNUSED(arguments),
                                        PyObject *Py_UNUSED(keywords))
{
    PyErr_Format(PyExc_TypeError, "cannot create '%s' instances", type->tp_name);
    return NULL;
}

static PyObject *mmio_python_new_options(PyTypeObject *type, PyObject *arguments,
                                         PyObject *keywords)
{
    PyObject *options = PyType_GenericNew(type, arguments, keywords);
    if (options != NULL) {
        ((SwigPyObject *)options)->ty = SWIGTYPE_p_mmio_open_options;
    }
    return options;
}

/* Buffers of views and walks. */

/* The C object of a Python one; NULL and an exception if there is none. */
static void *mmio_python_object(PyObject *self)
{
    SwigPyObject *object = SWIG_Python_GetSwigThis(self);
    if (object == NULL || object->ptr == NULL) {
        mmio_python_raise_closed();
        return NULL;
    }
    return object->ptr;
}

/* The length as Python counts; -1 and an exception if it has no number for it. */
static Py_ssize_t mmio_python_size(const mmio_swig_lender *lender)
{
    if (lender->size > PY_SSIZE_T_MAX) {
        PyErr_SetString(PyExc_OverflowError, "the view is longer than Python can count");
        return -1;
    }
    return (Py_ssize_t)lender->size;
}

static int mmio_python_get_buffer(PyObject *self, Py_buffer *buffer, int flags)
{
    static char nothing[1]; /* Empty bytes may be at NULL, which not every consumer takes. */
    buffer->obj = NULL;
    mmio_swig_lender *lender = mmio_python_object(self);
    if (lender == NULL) {
        return -1;
    }
    if (!mmio_swig_lend(lender)) {
        mmio_python_raise_closed();
        return -1;
    }
    const Py_ssize_t size = mmio_python_size(lender);
    const int result = size < 0
                           ? -1
                           : PyBuffer_FillInfo(buffer, self, size != 0 ? lender->data : nothing,
                                               size, !lender->is_writable, flags);
    if (result != 0) {
        mmio_swig_take_back(lender);
    }
    return result;
}

static void mmio_python_release_buffer(PyObject *self, Py_buffer *Py_UNUSED(buffer))
{
    mmio_swig_take_back(SWIG_Python_GetSwigThis(self)->ptr);
}

static Py_ssize_t mmio_python_length(PyObject *self)
{
    const mmio_swig_lender *lender = mmio_python_object(self);
    if (lender == NULL) {
        return -1;
    }
    if (mmio_swig_is_retired(lender)) {
        mmio_python_raise_closed();
        return -1;
    }
    return mmio_python_size(lender);
}

static PyObject *mmio_python_next_chunk(PyObject *self)
{
    mmio_swig_walk *walk = mmio_python_object(self);
    if (walk == NULL) {
        return NULL;
    }
    if (mmio_swig_is_retired(&walk->lender)) {
        mmio_python_raise_closed();
        return NULL;
    }
    return mmio_swig_walk_next(walk) ? PyMemoryView_FromObject(self) : NULL;
}

#endif
