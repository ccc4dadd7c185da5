// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio

/*
#cgo noescape mmio_view_acquire
#cgo nocallback mmio_view_acquire
#cgo noescape mmio_view_release
#cgo nocallback mmio_view_release
#cgo noescape mmio_atomic_acquire
#cgo nocallback mmio_atomic_acquire
#cgo noescape mmio_walk_begin
#cgo nocallback mmio_walk_begin
#cgo noescape mmio_walk_next
#cgo nocallback mmio_walk_next
#cgo noescape mmio_walk_end
#cgo nocallback mmio_walk_end
#include "binding.h"
*/
import "C"

import (
	"iter"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// View is borrowed bytes of a map. Release it when done with the bytes.
//
// A View excludes nobody: other views, writes, growth and flushes go on beside it, and what they
// change shows. Only shrinking the map below its end waits for its release.
type View struct {
	pin     *pin
	bytes   []byte
	cleanup runtime.Cleanup
}

// pin is what a View must give back exactly once. It is apart from the View, so that the collector
// can give it back for a View that nobody reaches any more.
type pin struct {
	view     C.mmio_view
	released atomic.Bool
}

func (p *pin) release() {
	if !p.released.Swap(true) {
		C.mmio_view_release(&p.view)
	}
}

func newView(p *pin) *View {
	v := &View{pin: p, bytes: sliceAt[byte](p.view.data, p.view.size)}
	v.cleanup = runtime.AddCleanup(v, (*pin).release, p)
	return v
}

// sliceAt aliases the library's memory. There may be no pointer to look at if size is 0.
func sliceAt[T any](data unsafe.Pointer, size C.uint64_t) []T {
	if size == 0 {
		return nil
	}
	var cell T
	return unsafe.Slice((*T)(data), uint64(size)/uint64(unsafe.Sizeof(cell)))
}

// View borrows bytes for reading. It waits for nobody and makes no system call.
func (m *Map) View(off, size int64) (*View, error) { return m.view(off, size, 0) }

// WritableView borrows bytes for reading and writing. On a ModeRW map its size is added to the
// pending bytes at release. ErrMode if the map is ModeRO or ModeCOW.
func (m *Map) WritableView(off, size int64) (*View, error) {
	return m.view(off, size, C.MMIO_VIEW_WRITE)
}

func (m *Map) view(off, size int64, flags C.uint32_t) (*View, error) {
	var e C.mmio_error
	p := new(pin)
	C.mmio_view_acquire(m.pointer(), C.uint64_t(off), C.uint64_t(size), flags, &p.view, &e)
	if err := m.check("view", &e); err != nil {
		return nil, err
	}
	return newView(p), nil
}

// Bytes returns the borrowed bytes themselves, not a copy. The slice must not be used after
// Release, and does not keep the View alive; see the package's "Views and lifetime". It is nil for
// size 0, for a released View and for a nil one.
func (v *View) Bytes() []byte {
	if v.isReleased() {
		return nil
	}
	return v.bytes
}

// Release gives the bytes back. Only the first call does anything, whichever goroutines call.
func (v *View) Release() {
	if v.isReleased() {
		return
	}
	v.pin.release()
	v.cleanup.Stop()
}

func (v *View) isReleased() bool { return v == nil || v.pin == nil || v.pin.released.Load() }

// Run is a View of adjacent cells, for the functions of package sync/atomic.
type Run[T uint32 | uint64] struct{ *View }

// Cells returns the cells themselves, under the same rules as [View.Bytes].
func (r Run[T]) Cells() []T {
	bytes := r.Bytes()
	return sliceAt[T](unsafe.Pointer(unsafe.SliceData(bytes)), C.uint64_t(len(bytes)))
}

// Uint32s borrows count cells of 32 bits. On a ModeRW map their bytes become pending at release.
// A run of 0 cells is legal at an aligned offset within the map or at its end.
//
// Errors: ErrMode if the map is ModeRO or ModeCOW; ErrAlign unless off is a multiple of 4.
func (m *Map) Uint32s(off, count int64) (Run[uint32], error) { return run[uint32](m, off, count) }

// Uint64s borrows count cells of 64 bits, as [Map.Uint32s]; off must be a multiple of 8.
func (m *Map) Uint64s(off, count int64) (Run[uint64], error) { return run[uint64](m, off, count) }

func run[T uint32 | uint64](m *Map, off, count int64) (Run[T], error) {
	var e C.mmio_error
	var cell T
	p := new(pin)
	C.mmio_atomic_acquire(m.pointer(), C.uint64_t(off), C.uint64_t(count),
		C.uint32_t(unsafe.Sizeof(cell)), &p.view, &e)
	if err := m.check("run", &e); err != nil {
		return Run[T]{}, err
	}
	return Run[T]{newView(p)}, nil
}

// Walk goes over the whole map, as long as it is when the loop begins, in chunks of chunkSize; the
// last may be short. A chunk is the map's own memory, valid until the loop ends. An empty map and
// chunkSize 0 make no chunks. If the walk cannot begin, there is one pair: nil and the error.
//
//	for chunk, err := range m.Walk(mmio.PageSize()) {
//		if err != nil {
//			return err
//		}
//		hash.Write(chunk)
//	}
func (m *Map) Walk(chunkSize int64) iter.Seq2[[]byte, error] { return m.walk(chunkSize, 0) }

// WritableWalk is Walk for writing. On a ModeRW map the chunks handed out become pending when the
// loop ends. The error is ErrMode if the map is ModeRO or ModeCOW.
func (m *Map) WritableWalk(chunkSize int64) iter.Seq2[[]byte, error] {
	return m.walk(chunkSize, C.MMIO_VIEW_WRITE)
}

func (m *Map) walk(chunkSize int64, flags C.uint32_t) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var e C.mmio_error
		var walk C.mmio_walk
		C.mmio_walk_begin(m.pointer(), C.uint64_t(chunkSize), flags, &walk, &e)
		if err := m.check("walk", &e); err != nil {
			yield(nil, err)
			return
		}
		defer C.mmio_walk_end(&walk)
		var data unsafe.Pointer
		var size C.uint64_t
		for C.mmio_walk_next(&walk, &data, &size) == 1 {
			if !yield(sliceAt[byte](data, size), nil) {
				return
			}
		}
	}
}
