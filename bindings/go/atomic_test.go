// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"encoding/binary"
	"math"
	"sync"
	"testing"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

func TestCellOperations(t *testing.T) {
	m := anonymous(t, 64)
	t.Run("32 bits", func(t *testing.T) { testCell(t, m.Uint32(4), math.MaxUint32) })
	t.Run("64 bits", func(t *testing.T) { testCell(t, m.Uint64(8), math.MaxUint64) })
}

func testCell[T uint32 | uint64](t *testing.T, cell mmio.Cell[T], largest T) {
	if err := cell.Store(0b1100); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name      string
		do        func() (T, error)
		held, now T
	}{
		{"Swap", func() (T, error) { return cell.Swap(10) }, 0b1100, 10},
		{"CompareExchange", func() (T, error) { return cell.CompareExchange(9, 1) }, 10, 10},
		{"CompareExchange", func() (T, error) { return cell.CompareExchange(10, 1) }, 10, 1},
		{"FetchSub", func() (T, error) { return cell.FetchSub(2) }, 1, largest},
		{"FetchAdd", func() (T, error) { return cell.FetchAdd(1 + 0b0110) }, largest, 0b0110},
		{"FetchOr", func() (T, error) { return cell.FetchOr(0b1000) }, 0b0110, 0b1110},
		{"FetchAnd", func() (T, error) { return cell.FetchAnd(0b0111) }, 0b1110, 0b0110},
		{"FetchXor", func() (T, error) { return cell.FetchXor(0b0011) }, 0b0110, 0b0101},
	} {
		wantEqual(t, step.name+"'s result", must(step.do()), step.held)
		wantEqual(t, "the cell after "+step.name, must(cell.Load()), step.now)
	}
}

func TestCellsAreInTheMachinesByteOrder(t *testing.T) {
	m := mapOf(t, "\x00\x00\x00\x00\x00\x00\x00\x00", mmio.ModeRW)
	if err := m.Uint32(4).Store(0x01020304); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 4)
	must(m.ReadAt(p, 4))
	wantEqual(t, "cell", binary.NativeEndian.Uint32(p), 0x01020304)
	wantEqual(t, "pending", m.Pending(), 4)
}

func TestCellsCheckModeThenAlignmentThenRange(t *testing.T) {
	_, err := mapOf(t, "hello", mmio.ModeRO).Uint32(99).Load()
	wantErr(t, err, mmio.ErrMode)
	m := anonymous(t, 64)
	_, err = m.Uint64(1004).FetchAdd(1)
	wantErr(t, err, mmio.ErrAlign)
	wantErr(t, m.Uint32(64).Store(1), mmio.ErrRange)
	_, err = m.Uint32(-4).Load()
	wantErr(t, err, mmio.ErrRange)
}

func TestGoroutinesAddWithoutLosingAny(t *testing.T) {
	cell := anonymous(t, 8).Uint64(0)
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 1000 {
				must(cell.FetchAdd(1))
			}
		}()
	}
	group.Wait()
	wantEqual(t, "sum", must(cell.Load()), 8000)
}
