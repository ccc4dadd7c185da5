// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio

/*
#cgo noescape mmio_map_flush
#cgo nocallback mmio_map_flush
#cgo noescape mmio_map_flush_range
#cgo nocallback mmio_map_flush_range
#cgo noescape mmio_map_set_policy
#cgo nocallback mmio_map_set_policy
#cgo noescape mmio_map_rewrite_lost
#cgo nocallback mmio_map_rewrite_lost
#cgo noescape mmio_map_acknowledge_loss
#cgo nocallback mmio_map_acknowledge_loss
#include "binding.h"
*/
import "C"

import "runtime"

// Flush makes the whole map durable and waits for the device. What was written through a map is at
// once visible to all users of the file; flushing is about power loss only. FlushData and FlushFull
// set Pending to 0. There is nothing to flush unless the map is ModeRW and has a file; the call
// then succeeds.
//
// A loss is remembered. A system reports a write-back that failed once and then takes the bytes for
// written. So after the first failure every flush, every write under a policy, IntoFile and Close of
// every writable map of that file in this process answer ErrLost with the first failure's code,
// until, map by map, RewriteLost succeeds or AcknowledgeLoss is called.
//
// Errors: ErrNoSpace if the file system is full behind a sparse file; ErrIO if write-back failed;
// ErrLost if it failed before.
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

// RewriteLost writes again what may be lost, on a device that works again, and flushes: FlushData or
// FlushFull. Every page of the map that the system still has in memory is written back with what it
// holds now. Pages that the system has dropped since show what the device has: after a long time, or
// short of memory, look at the bytes or write them again first. If it succeeds the map has lost
// nothing any more, if it fails it still has. It does nothing if nothing is lost.
//
// Errors: ErrFault if a page cannot be written, since the file was cut or the disk is full; ErrLost
// if there was another loss meanwhile; those of Flush.
func (m *Map) RewriteLost(level FlushLevel) error {
	var e C.mmio_error
	C.mmio_map_rewrite_lost(m.pointer(), C.uint32_t(level), &e)
	return m.check("rewrite lost", &e)
}

// AcknowledgeLoss says that the caller knows of a loss and sees to it by other means. Calls on the
// map succeed again, until the next loss. The bytes stay as they are: in memory, not on the device.
// It succeeds also if nothing was lost.
func (m *Map) AcknowledgeLoss() error {
	var e C.mmio_error
	C.mmio_map_acknowledge_loss(m.pointer(), &e)
	return m.check("acknowledge loss", &e)
}

// SetPolicy has the map flush itself, at level FlushData, after so many bytes, writes or
// milliseconds. The amount is 0 for PolicyManual and PolicyAlways; 0 for another policy means
// PolicyManual. What is stored through views and cells counts for PolicyEveryMillis only.
//
// A write whose flush fails tells of it, although its bytes are in the map. A flush by time that
// fails is a loss: see Flush. Close does not flush.
func (m *Map) SetPolicy(policy FlushPolicy, amount int64) error {
	var e C.mmio_error
	C.mmio_map_set_policy(m.pointer(), C.uint32_t(policy), C.uint64_t(amount), &e)
	return m.check("set policy", &e)
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
