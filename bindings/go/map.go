// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio

/*
#cgo noescape mmio_map_shutdown
#cgo nocallback mmio_map_shutdown
#cgo noescape mmio_map_get_info
#cgo nocallback mmio_map_get_info
#cgo noescape mmio_map_resize
#cgo nocallback mmio_map_resize
#cgo noescape mmio_map_data
#cgo nocallback mmio_map_data
#cgo noescape mmio_map_data_mut
#cgo nocallback mmio_map_data_mut
#include "binding.h"
*/
import "C"

import (
	"runtime"
	"time"
	"unsafe"
)

// Map is a mapped file, or mapped memory without a file. Close it when done.
type Map struct {
	handle *C.mmio_map // nil in a Map that no function of this package made.
}

// newMap takes over a handle. Closing a Map only shuts the handle down, so that it stays safe to
// call; the memory of the handle itself goes with the Map.
func newMap(handle *C.mmio_map) *Map {
	m := &Map{handle: handle}
	runtime.AddCleanup(m, func(h *C.mmio_map) { C.mmio_map_close(h) }, handle)
	return m
}

// pointer makes methods of a nil Map pass NULL, which the library answers with ErrInvalid.
func (m *Map) pointer() *C.mmio_map {
	if m == nil {
		return nil
	}
	return m.handle
}

// check ends every call on a map: it keeps the Map, and so its handle, alive until here, and turns
// the record of a failed call into an error. Inlined, it leaves the record on the caller's stack.
func (m *Map) check(op string, record *C.mmio_error) error {
	runtime.KeepAlive(m)
	if record.status == C.MMIO_OK {
		return nil
	}
	return m.fail(op, *record)
}

// fail takes the record by value, so that only a failed call has one on the heap. NULL for a Map
// without a handle is the binding's own doing: to the caller that Map is closed.
func (m *Map) fail(op string, record C.mmio_error) *Error {
	e := newError(op, m.Path(), record)
	if m != nil && m.handle == nil {
		e.Status, e.message = ErrClosed, "mmio: "+op+": the map is closed"
	}
	return e
}

func newError(op, path string, record C.mmio_error) *Error {
	return &Error{
		Op:      op,
		Path:    path,
		Status:  Status(record.status),
		OSCode:  int(record.os_code),
		Offset:  int64(record.offset),
		Size:    int64(record.size),
		Limit:   int64(record.limit),
		Done:    int64(record.done),
		Cause:   Cause(record.cause),
		message: C.GoString(&record.message[0]),
	}
}

// Close ends the map. Its file is closed, and its memory is unmapped as soon as the last view is
// released. Later calls answer ErrClosed; closing again does nothing. Nothing is flushed: what was
// written is in the system's page cache already.
//
// Errors, although the map is closed: ErrLost if the device did not take what was written, see
// Flush; ErrFault if writes were lost to a fault.
func (m *Map) Close() error {
	var e C.mmio_error
	C.mmio_map_shutdown(m.pointer(), &e)
	return m.check("close", &e)
}

// Size returns the present size; another goroutine or thread may change it at once. It is 0 for a
// closed or nil Map.
func (m *Map) Size() int64 {
	size := C.mmio_map_size(m.pointer())
	runtime.KeepAlive(m)
	return int64(size)
}

// Mode returns the map's mode, never ModeDefault but for a nil Map.
func (m *Map) Mode() Mode {
	mode := C.mmio_map_mode(m.pointer())
	runtime.KeepAlive(m)
	return Mode(mode)
}

// Path returns the path or label the map was opened with, "" if it is anonymous or nil.
func (m *Map) Path() string {
	path := C.GoString(C.mmio_map_path(m.pointer()))
	runtime.KeepAlive(m)
	return path
}

// Info returns what is known about the map.
func (m *Map) Info() (Info, error) {
	var e C.mmio_error
	info := C.mmio_map_info{struct_size: C.sizeof_mmio_map_info}
	C.mmio_map_get_info(m.pointer(), &info, &e)
	if err := m.check("info", &e); err != nil {
		return Info{}, err
	}
	return Info{
		Mode:     Mode(info.mode),
		Kind:     Kind(info.kind),
		Holders:  int(info.holders),
		Size:     int64(info.size),
		Reserve:  int64(info.reserve),
		Pending:  int64(info.pending),
		Handle:   uintptr(info.handle),
		Views:    int64(info.views),
		Faults:   int64(info.faults),
		LostCode: int(info.lost_code),
	}, nil
}

func (m *Map) resize(size int64, timeout time.Duration) error {
	var e C.mmio_error
	C.mmio_map_resize(m.pointer(), C.uint64_t(size), C.int64_t(timeout.Milliseconds()), &e)
	return m.check("resize", &e)
}

// Pointer returns the map's base address, nil for an empty map. It is an escape hatch that pins
// nothing: the pointer is good for the present size, and only until the map is resized or closed.
// Prefer views.
func (m *Map) Pointer() (unsafe.Pointer, error) {
	var e C.mmio_error
	var data unsafe.Pointer
	C.mmio_map_data(m.pointer(), &data, &e)
	return data, m.check("pointer", &e)
}

// WritablePointer is Pointer for writing; the whole size becomes pending. The map's mode must be
// ModeRW or ModeCOWRW, else the error is ErrMode.
func (m *Map) WritablePointer() (unsafe.Pointer, error) {
	var e C.mmio_error
	var data unsafe.Pointer
	C.mmio_map_data_mut(m.pointer(), &data, &e)
	return data, m.check("pointer", &e)
}
