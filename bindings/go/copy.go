// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio

/*
#cgo noescape mmio_map_read
#cgo nocallback mmio_map_read
#cgo noescape mmio_map_read_within
#cgo nocallback mmio_map_read_within
#cgo noescape mmio_map_write
#cgo nocallback mmio_map_write
#cgo noescape mmio_map_write_within
#cgo nocallback mmio_map_write_within
#include "binding.h"
*/
import "C"

import (
	"io"
	"time"
	"unsafe"
)

// forever is the time-out of a copy that waits without limit.
const forever time.Duration = -1

// ReadAt copies bytes out of the map, as io.ReaderAt: if the map ends before p is full, it copies
// what there is and returns io.EOF. The bytes come from one instant: within one process and one Map
// a read never sees half of a write.
//
// Errors: ErrFault if bytes are gone from under the map; n of them were copied before.
func (m *Map) ReadAt(p []byte, off int64) (n int, err error) { return m.readAt(p, off, forever) }

// WriteAt copies all of p into the map, as io.WriterAt, or nothing: it never extends the map.
// Writing 0 bytes succeeds in every mode; else the error is ErrMode if the map is ModeRO or
// ModeCOW. On a ModeRW map the bytes become pending and are at once visible to every user of the
// file. Only ErrFault writes a part: n bytes.
func (m *Map) WriteAt(p []byte, off int64) (n int, err error) { return m.writeAt(p, off, forever) }

// readAt asks for all of p, and if the map ends before, once more for what the map has: the library
// copies all or nothing.
func (m *Map) readAt(p []byte, off int64, timeout time.Duration) (int, error) {
	err := m.copyOut(p, off, timeout)
	if err == nil {
		return len(p), nil
	}
	rest := restOfMap(err, off)
	if rest < 0 {
		return doneBefore(err), err
	}
	if rest == 0 {
		return 0, io.EOF
	}
	n, err := m.readAt(p[:rest], off, timeout)
	if err == nil {
		err = io.EOF
	}
	return n, err
}

// restOfMap returns how many bytes the map has from off on, or -1 if err is not about its end.
func restOfMap(err error, off int64) int64 {
	e, ok := err.(*Error)
	if !ok || e.Status != ErrRange || off < 0 {
		return -1
	}
	return max(e.Limit-off, 0)
}

// doneBefore returns how many bytes were copied before a fault.
func doneBefore(err error) int {
	if e, ok := err.(*Error); ok {
		return int(e.Done)
	}
	return 0
}

// unused gives copies of size 0 a byte to point to. The pointers are written &buffer[0] where they
// are passed: for this form cgo looks at the slice alone, and not at what the slice was cut from.
var unused [1]byte

func (m *Map) copyOut(p []byte, off int64, timeout time.Duration) error {
	var e C.mmio_error
	buffer, size := p, C.size_t(len(p))
	if size == 0 {
		buffer = unused[:]
	}
	if timeout == forever {
		C.mmio_map_read(m.pointer(), C.uint64_t(off), unsafe.Pointer(&buffer[0]), size, &e)
	} else {
		C.mmio_map_read_within(m.pointer(), C.uint64_t(off), unsafe.Pointer(&buffer[0]), size,
			C.int64_t(timeout.Milliseconds()), &e)
	}
	return m.check("read", &e)
}

func (m *Map) writeAt(p []byte, off int64, timeout time.Duration) (int, error) {
	var e C.mmio_error
	data, size := p, C.size_t(len(p))
	if size == 0 {
		data = unused[:]
	}
	if timeout == forever {
		C.mmio_map_write(m.pointer(), C.uint64_t(off), unsafe.Pointer(&data[0]), size, &e)
	} else {
		C.mmio_map_write_within(m.pointer(), C.uint64_t(off), unsafe.Pointer(&data[0]), size,
			C.int64_t(timeout.Milliseconds()), &e)
	}
	if err := m.check("write", &e); err != nil {
		return doneBefore(err), err
	}
	return len(p), nil
}
