// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio

/*
#cgo noescape mmio_map_open
#cgo nocallback mmio_map_open
#cgo noescape mmio_map_from_handle
#cgo nocallback mmio_map_from_handle
#cgo noescape mmio_map_anonymous
#cgo nocallback mmio_map_anonymous
#cgo noescape mmio_map_into_handle
#cgo nocallback mmio_map_into_handle
#include "binding.h"
*/
import "C"

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// Open maps an existing file for reading.
func Open(path string) (*Map, error) { return OpenFile(path, nil) }

// Create creates a file of that size, or cuts an existing one to it, and maps it ModeRW. All bytes
// are 0.
func Create(path string, size int64) (*Map, error) {
	return OpenFile(path, &Options{Disposition: DispositionCreate, Size: size})
}

// OpenFile maps a file as options say; nil options map an existing file for reading.
//
// The map covers the whole file. Only regular files are accepted; a FIFO is refused at once. The
// path may hold any bytes but NUL. Creating needs ModeRW and a size of at least 1. If the call
// fails, a file that it created is removed, and one that it cut is left at length 0.
func OpenFile(path string, options *Options) (*Map, error) {
	if err := checkGuard(); err != nil {
		return nil, err
	}
	name, err := cPath(path)
	if err != nil {
		return nil, err
	}
	var e C.mmio_error
	var handle *C.mmio_map
	opts := cOptions(options)
	C.mmio_map_open(name, &opts, &handle, &e)
	return opened(path, handle, &e)
}

// FromFile maps an open file. The Map has a descriptor of its own, so f stays the caller's, to be
// closed at any time. Options.Disposition must be DispositionOpen, or DispositionOpenOrCreate to
// extend an empty file to Options.Size. A file that is not open for reading and writing cannot be
// mapped ModeRW: ErrMode.
func FromFile(f *os.File, options *Options) (*Map, error) {
	fd, err := duplicate(f)
	if err != nil {
		return nil, fmt.Errorf("mmio: cannot duplicate the file's descriptor: %w", err)
	}
	m, err := fromDescriptor(fd, f.Name(), options)
	if err != nil {
		syscall.Close(fd)
	}
	return m, err
}

// fromDescriptor takes fd over if it succeeds.
func fromDescriptor(fd int, label string, options *Options) (*Map, error) {
	if err := checkGuard(); err != nil {
		return nil, err
	}
	name, err := cPath(label)
	if err != nil {
		return nil, err
	}
	var e C.mmio_error
	var handle *C.mmio_map
	opts := cOptions(options)
	C.mmio_map_from_handle(C.intptr_t(fd), name, &opts, &handle, &e)
	return opened(label, handle, &e)
}

// Anonymous maps zeroed memory that no file stands behind. It is a map like any other, but that
// flushing does nothing and nothing is ever pending. Only Mode, Reserve and Touch of the options
// are used; the rest must be 0.
func Anonymous(size int64, options *Options) (*Map, error) {
	if err := checkGuard(); err != nil {
		return nil, err
	}
	var e C.mmio_error
	var handle *C.mmio_map
	opts := cOptions(options)
	C.mmio_map_anonymous(C.uint64_t(size), &opts, &handle, &e)
	return opened("", handle, &e)
}

// IntoFile closes the map and gives its file back, which the caller closes. If it fails, the map is
// as before: ErrBusy while a view of the map lives, ErrMode if it is anonymous, ErrLost if the device
// did not take what was written: see Flush.
//
// Later calls on the Map answer ErrClosed.
func (m *Map) IntoFile() (*os.File, error) {
	path := m.Path()
	var e C.mmio_error
	var fd C.intptr_t
	C.mmio_map_into_handle(m.pointer(), &fd, &e)
	if err := m.check("into file", &e); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}

func opened(path string, handle *C.mmio_map, record *C.mmio_error) (*Map, error) {
	if record.status != C.MMIO_OK {
		return nil, newError("open", path, *record)
	}
	return newMap(handle), nil
}

// cPath returns the path with a NUL behind, in Go's memory.
func cPath(path string) (*C.char, error) {
	p, err := syscall.BytePtrFromString(path)
	if err != nil {
		return nil, &Error{
			Op:      "open",
			Path:    path,
			Status:  ErrInvalid,
			message: fmt.Sprintf("mmio: the path %q contains a NUL byte", path),
		}
	}
	return (*C.char)(unsafe.Pointer(p)), nil
}

func cOptions(o *Options) C.mmio_open_options {
	if o == nil {
		o = &Options{}
	}
	return C.mmio_open_options{
		struct_size: C.sizeof_mmio_open_options,
		mode:        C.uint32_t(o.Mode),
		disposition: C.uint32_t(o.Disposition),
		flags:       C.uint32_t(o.Flags),
		size:        C.uint64_t(o.Size),
		reserve:     C.uint64_t(o.Reserve),
		permissions: C.uint32_t(o.Permissions),
		touch:       C.uint32_t(o.Touch),
		on_fault:    C.uint32_t(o.OnFault),
	}
}
