// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio

/*
#cgo noescape mmio_map_flush
#cgo nocallback mmio_map_flush
#cgo noescape mmio_map_flush_range
#cgo nocallback mmio_map_flush_range
#include <mmio.h>
*/
import "C"

import "runtime"

// Flush makes the whole map durable and waits for the device. What was written through a map is at
// once visible to all users of the file; flushing is about power loss only. FlushData and FlushFull
// set Pending to 0. There is nothing to flush unless the map is ModeRW and has a file; the call
// then succeeds.
//
// Errors: ErrNoSpace if the file system is full behind a sparse file; ErrIO if write-back failed.
func (m *Map) Flush(level FlushLevel) error {
	var e C.mmio_error
	C.mmio_map_flush(m.pointer(), C.uint32_t(level), &e)
	return m.check("flush", &e)
}

// FlushRange is Flush of a range, widened to whole pages. It leaves Pending alone unless the range
// is the whole map. The range is checked in every mode.
func (m *Map) FlushRange(off, size int64, level FlushLevel) error {
	var e C.mmio_error
	C.mmio_map_flush_range(m.pointer(), C.uint64_t(off), C.uint64_t(size), C.uint32_t(level), &e)
	return m.check("flush", &e)
}

// Pending returns the number of bytes recorded as written to a ModeRW map since its last whole
// flush: the sizes of writes, of writable views and runs at their release, of writable walks at
// their end, of atomic operations that write, and of the map for WritablePointer. It counts what
// was asked for, not dirty pages. It is 0 for all other maps, and for a closed or nil Map.
func (m *Map) Pending() int64 {
	pending := C.mmio_map_pending(m.pointer())
	runtime.KeepAlive(m)
	return int64(pending)
}
