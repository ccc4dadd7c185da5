// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"context"
	"math"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

func TestViewsAliasTheMap(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	v := must(m.View(1, 3))
	defer v.Release()
	wantBytes(t, v.Bytes(), "ell")
	must(m.WriteAt([]byte("EL"), 1))
	wantBytes(t, v.Bytes(), "ELl")
}

func TestStoresThroughAWritableViewReachTheFile(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	v := must(m.WritableView(0, 5))
	copy(v.Bytes(), "J")
	wantContent(t, m.Path(), "Jello")
	wantEqual(t, "pending before the release", m.Pending(), 0)
	v.Release()
	wantEqual(t, "pending after the release", m.Pending(), 5)
}

func TestViewsThatCannotBeHad(t *testing.T) {
	ro, rw := mapOf(t, "hello", mmio.ModeRO), mapOf(t, "hello", mmio.ModeRW)
	_, err := ro.WritableView(0, 99)
	wantErr(t, err, mmio.ErrMode)
	for _, r := range [][2]int64{{0, 6}, {5, 1}, {1, math.MaxInt64}, {-1, 1}, {1, -1}, {-1, 2}} {
		v, err := rw.View(r[0], r[1])
		wantErr(t, err, mmio.ErrRange)
		wantEqual(t, "view", v, nil)
	}
}

func TestViewsOfSizeZero(t *testing.T) {
	v := must(mapOf(t, "", mmio.ModeRO).View(99, 0))
	if v.Bytes() != nil {
		t.Error("not nil")
	}
	v.Release()
}

// Go has no slices for reading only; the system's protection is what a wrong store meets.
func TestStoringIntoAViewOfAReadOnlyMapFaults(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	m := mapOf(t, "hello", mmio.ModeRO)
	v := must(m.View(0, 5))
	defer v.Release()
	defer func() {
		if recover() == nil {
			t.Error("the store went through")
		}
	}()
	v.Bytes()[0] = 'J'
}

func TestViewsOutliveTheirMap(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRO)
	v := must(m.View(0, 5))
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	wantBytes(t, v.Bytes(), "hello")
	v.Release()
	wantEqual(t, "still mapped", isMapped(m.Path()), false)
}

func TestAReleasedViewHasNoBytes(t *testing.T) {
	v := must(anonymous(t, 8).View(0, 8))
	v.Release()
	v.Release()
	if v.Bytes() != nil {
		t.Error("not nil")
	}
	var none *mmio.View
	none.Release()
	new(mmio.View).Release()
	if none.Bytes() != nil || new(mmio.View).Bytes() != nil {
		t.Error("not nil")
	}
}

// A second release would count the bytes twice.
func TestARaceOfReleasesReleasesOnce(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	const rounds = 1000
	for range rounds {
		v := must(m.WritableView(0, 5))
		var group sync.WaitGroup
		for range 4 {
			group.Add(1)
			go func() {
				defer group.Done()
				v.Release()
			}()
		}
		group.Wait()
	}
	wantEqual(t, "pending", m.Pending(), 5*rounds)
	wantEqual(t, "views", must(m.Info()).Views, 0)
}

func TestTheCollectorReleasesForgottenViews(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	func() { must(m.WritableView(0, 5)) }()
	collect(t, "release", func() bool { return must(m.Info()).Views == 0 })
	wantEqual(t, "pending", m.Pending(), 5)
}

func TestTheCollectorClosesForgottenMaps(t *testing.T) {
	path := fileOf(t, "hello")
	func() { must(mmio.Open(path)) }()
	collect(t, "close", func() bool { return !isOpen(path) && !isMapped(path) })
}

func TestViewsOutliveAForgottenMap(t *testing.T) {
	view := func(path string) *mmio.View { return must(must(mmio.Open(path)).View(0, 5)) }
	kept, forgotten := fileOf(t, "hello"), fileOf(t, "other")
	v := view(kept)
	view(forgotten)
	collect(t, "release of the other view", func() bool { return !isMapped(forgotten) })
	wantBytes(t, v.Bytes(), "hello")
	v.Release()
	wantEqual(t, "still mapped", isMapped(kept), false)
}

func TestViewsStayWhereTheyAreWhenTheMapGrowsBeyondItsReservation(t *testing.T) {
	size := mmio.PageSize()
	m, err := mmio.Anonymous(size, &mmio.Options{Reserve: size})
	closing(t, m, err)
	v := must(m.WritableView(0, size))
	defer v.Release()
	if err := m.Resize(context.Background(), 1<<30); err != nil {
		t.Fatal(err)
	}
	v.Bytes()[0] = 'x'
	p := make([]byte, 1)
	must(m.ReadAt(p, 0))
	wantBytes(t, p, "x")
}

func TestRunsAreTypedSlicesOfTheMap(t *testing.T) {
	m := mapOf(t, strings.Repeat("\x00", 32), mmio.ModeRW)
	words := must(m.Uint32s(4, 3))
	atomic.AddUint32(&words.Cells()[2], 7)
	wantEqual(t, "cell", must(m.Uint32(12).Load()), 7)
	wantEqual(t, "length in bytes", len(words.Bytes()), 12)
	words.Release()
	wantEqual(t, "pending", m.Pending(), 12)
	wantEqual(t, "length after the release", len(words.Cells()), 0)

	longs := must(m.Uint64s(8, 3))
	defer longs.Release()
	atomic.StoreUint64(&longs.Cells()[2], math.MaxUint64)
	wantContent(t, m.Path(), strings.Repeat("\x00", 12)+"\x07"+strings.Repeat("\x00", 11)+
		strings.Repeat("\xff", 8))
}

func TestRunsThatCannotBeHad(t *testing.T) {
	m := anonymous(t, 64)
	_, err := m.Uint32s(2, 1)
	wantErr(t, err, mmio.ErrAlign)
	_, err = m.Uint64s(4, 1)
	wantErr(t, err, mmio.ErrAlign)
	_, err = m.Uint64s(0, 9)
	wantErr(t, err, mmio.ErrRange)
	_, err = m.Uint64s(0, math.MaxInt64)
	wantErr(t, err, mmio.ErrRange)
	_, err = mapOf(t, "hello", mmio.ModeRO).Uint32s(0, 1)
	wantErr(t, err, mmio.ErrMode)

	empty, err := m.Uint64s(64, 0)
	wantEqual(t, "error of no cells", err, nil)
	wantEqual(t, "length", len(empty.Cells()), 0)
	empty.Release()
	var none mmio.Run[uint32]
	none.Release()
	wantEqual(t, "length", len(none.Cells()), 0)
}

func TestWalksGoOverTheWholeMap(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRO)
	var chunks []string
	for chunk, err := range m.Walk(2) {
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, "views during the walk", must(m.Info()).Views, 1)
		chunks = append(chunks, string(chunk))
	}
	wantEqual(t, "chunks", strings.Join(chunks, "|"), "he|ll|o")
	wantEqual(t, "views after the walk", must(m.Info()).Views, 0)
	for range m.Walk(0) {
		t.Error("a chunk of size 0")
	}
}

func TestWritableWalksCountWhatTheyHandedOut(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	for chunk, err := range m.WritableWalk(2) {
		if err != nil {
			t.Fatal(err)
		}
		if chunk[0] == 'l' {
			break
		}
		copy(chunk, "xx")
	}
	wantContent(t, m.Path(), "xxllo")
	wantEqual(t, "pending", m.Pending(), 4)
}

func TestWalksEndWhenTheirLoopPanics(t *testing.T) {
	m := anonymous(t, 8)
	func() {
		defer func() { wantEqual(t, "panic", recover(), "out") }()
		for range m.Walk(1) {
			panic("out")
		}
	}()
	wantEqual(t, "views", must(m.Info()).Views, 0)
}

func TestWalksThatCannotBegin(t *testing.T) {
	count := 0
	for chunk, err := range mapOf(t, "hello", mmio.ModeRO).WritableWalk(2) {
		count++
		wantErr(t, err, mmio.ErrMode)
		wantEqual(t, "length", len(chunk), 0)
	}
	wantEqual(t, "pairs", count, 1)
}
