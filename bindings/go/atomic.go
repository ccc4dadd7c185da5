// SPDX-License-Identifier: Apache-2.0

package mmio

import "unsafe"

// Cell is 4 or 8 bytes of a map, in the machine's byte order, that goroutines, processes and
// languages share. It is a place, not a borrowing: each operation finds the map as it is then.
//
// Every operation is sequentially consistent and checks, in this order: the map's mode, which must
// be ModeRW or ModeCOWRW (ErrMode); the offset, which must be a multiple of the cell's size
// (ErrAlign); the range (ErrRange). One that writes makes the cell's bytes pending on a ModeRW map.
type Cell[T uint32 | uint64] struct {
	m   *Map
	off int64
}

// Uint32 returns the 32-bit cell at an offset, to be checked when it is used.
func (m *Map) Uint32(off int64) Cell[uint32] { return Cell[uint32]{m, off} }

// Uint64 returns the 64-bit cell at an offset, to be checked when it is used.
func (m *Map) Uint64(off int64) Cell[uint64] { return Cell[uint64]{m, off} }

// Load reads the cell.
func (c Cell[T]) Load() (T, error) { return c.apply(opLoad, 0, 0) }

// Store sets the cell to value.
func (c Cell[T]) Store(value T) error {
	_, err := c.apply(opStore, value, 0)
	return err
}

// Swap sets the cell to value and returns what it held.
func (c Cell[T]) Swap(value T) (before T, err error) { return c.apply(opExchange, value, 0) }

// CompareExchange sets the cell to desired if it holds expected, and returns what it held: equal to
// expected exactly if the cell was set.
func (c Cell[T]) CompareExchange(expected, desired T) (before T, err error) {
	return c.apply(opCompareExchange, expected, desired)
}

// FetchAdd adds value, wrapping around, and returns what the cell held before.
func (c Cell[T]) FetchAdd(value T) (before T, err error) { return c.apply(opAdd, value, 0) }

// FetchSub subtracts value, wrapping around, and returns what the cell held before.
func (c Cell[T]) FetchSub(value T) (before T, err error) { return c.apply(opSub, value, 0) }

// FetchAnd ANDs the cell with value and returns what the cell held before.
func (c Cell[T]) FetchAnd(value T) (before T, err error) { return c.apply(opAnd, value, 0) }

// FetchOr ORs the cell with value and returns what the cell held before.
func (c Cell[T]) FetchOr(value T) (before T, err error) { return c.apply(opOr, value, 0) }

// FetchXor XORs the cell with value and returns what the cell held before.
func (c Cell[T]) FetchXor(value T) (before T, err error) { return c.apply(opXor, value, 0) }

type cellOp int

const (
	opLoad cellOp = iota
	opStore
	opExchange
	opCompareExchange
	opAdd
	opSub
	opAnd
	opOr
	opXor
)

// apply returns what the cell held before, but for opStore, which does not tell.
func (c Cell[T]) apply(op cellOp, value, desired T) (T, error) {
	if unsafe.Sizeof(value) == 4 {
		before, err := c.m.apply32(op, c.off, uint32(value), uint32(desired))
		return T(before), err
	}
	before, err := c.m.apply64(op, c.off, uint64(value), uint64(desired))
	return T(before), err
}
