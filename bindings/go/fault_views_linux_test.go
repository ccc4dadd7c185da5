// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"bytes"
	"hash/crc32"
	"hash/maphash"
	"math/rand"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

// The program's own code on bytes that are gone.

// uses are ways of Go code to look at bytes: compiled loops and hand-written assembler. Each must
// find what a file of one page of 1s reads like that ends in zeros.
var uses = map[string]func(b, want []byte) bool{
	"Loop":      func(b, want []byte) bool { return sum(b) == sum(want) },
	"Copy":      func(b, want []byte) bool { return bytes.Equal(want, append([]byte(nil), b...)) },
	"Equal":     func(b, want []byte) bool { return bytes.Equal(want, b) },
	"IndexByte": func(b, _ []byte) bool { return bytes.IndexByte(b, 0) == page },
	"LastIndex": func(b, _ []byte) bool { return bytes.LastIndexByte(b, 1) == page-1 },
	"Count":     func(b, _ []byte) bool { return bytes.Count(b, []byte{1}) == page },
	"String":    func(b, want []byte) bool { return string(b) == string(want) },
	"CRC32": func(b, want []byte) bool {
		return crc32.ChecksumIEEE(b) == crc32.ChecksumIEEE(want)
	},
	"Hash": func(b, want []byte) bool {
		seed := maphash.MakeSeed()
		return maphash.Bytes(seed, b) == maphash.Bytes(seed, want)
	},
	"Last byte": func(b, _ []byte) bool { return b[len(b)-1] == 0 },
}

func whatIsLeft() []byte {
	return append(bytes.Repeat([]byte{1}, page), make([]byte, (filePages-1)*page)...)
}

func TestViewsOfMapsForReadingGoOnWithZeros(t *testing.T) {
	for name, options := range map[string]mmio.Options{
		"RO":        {Mode: mmio.ModeRO},
		"COW":       {Mode: mmio.ModeCOW},
		"RW absorb": {Mode: mmio.ModeRW, OnFault: mmio.OnFaultAbsorb},
	} {
		t.Run(name, func(t *testing.T) {
			survives(t, func(t *testing.T) {
				for use, finds := range uses {
					m := cutMap(t, options, page)
					if !finds(bytesOf(t, m), whatIsLeft()) {
						t.Errorf("%s does not find zeros", use)
					}
					wantMarked(t, m)
				}
			})
		})
	}
}

// wantMarked is a map that has lost its bytes from the second page on, and says so.
func wantMarked(t *testing.T, m *mmio.Map) {
	t.Helper()
	if must(m.Info()).Faults == 0 {
		t.Error("no faults are told of")
	}
	n, err := m.ReadAt(make([]byte, 1), 0)
	e := wantFault(t, err)
	wantEqual(t, "count", n, 0)
	wantEqual(t, "offset", e.Offset, int64(page))
	_, err = m.View(0, 1)
	wantFault(t, err)
	wantFault(t, m.CheckFaults())
}

func TestAbsorbedWritesAreToldOfToTheEnd(t *testing.T) {
	survives(t, func(t *testing.T) {
		m := cutMap(t, mmio.Options{Mode: mmio.ModeRW, OnFault: mmio.OnFaultAbsorb}, page)
		view := must(m.WritableView(0, m.Size()))
		for i := range view.Bytes() {
			view.Bytes()[i] = 2
		}
		wantEqual(t, "sum", sum(view.Bytes()), 2*filePages*page)
		view.Release()
		wantFault(t, m.Flush(mmio.FlushData))
		wantFault(t, m.Close())
		wantErr(t, m.Close(), nil)
		wantContent(t, m.Path(), strings.Repeat("\x02", page))
	})
}

// Without absorbing, it is all Go's own.

var notAbsorbed = map[string]mmio.Options{
	"RW":       {Mode: mmio.ModeRW},
	"COW RW":   {Mode: mmio.ModeCOWRW},
	"RO never": {Mode: mmio.ModeRO, OnFault: mmio.OnFaultNever},
}

func TestOtherViewsPanicWhereFaultsArePanics(t *testing.T) {
	for name, options := range notAbsorbed {
		t.Run(name, func(t *testing.T) {
			survives(t, func(t *testing.T) {
				m := cutMap(t, options, page)
				b := bytesOf(t, m)
				for range 100 {
					wantFaultPanic(t, b)
				}
				wantEqual(t, "faults", must(m.Info()).Faults, 0)
				n, err := m.ReadAt(make([]byte, 2*page), 0)
				wantFault(t, err)
				wantEqual(t, "count", n, page)
			})
		})
	}
}

func TestOtherViewsEndTheProgramElse(t *testing.T) {
	for name, options := range notAbsorbed {
		t.Run(name, func(t *testing.T) {
			dies(t, deathInGo, func(t *testing.T) {
				t.Error(sum(bytesOf(t, cutMap(t, options, page))))
			})
		})
	}
}

// storm has another process cut and lengthen a file until it is told to stop, or this one is dead.
func storm(t *testing.T, path string) (stop func()) {
	t.Helper()
	const script = `while kill -0 $PPID; do truncate -cs "$2" "$1"; truncate -cs "$3" "$1"; done`
	sizes := []string{"5000", "60000"}
	command := exec.Command("sh", append([]string{"-c", script, "sh", path}, sizes...)...)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		command.Process.Kill()
		command.Wait()
	}
}

func inEightGoroutines(body func()) {
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			body()
		}()
	}
	group.Wait()
}

func TestEightGoroutinesGoOnWhileTheCollectorRuns(t *testing.T) {
	survives(t, func(t *testing.T) {
		for range 5 {
			m := mapOf(t, strings.Repeat("\x01", filePages*page), mmio.ModeRO)
			b := bytesOf(t, m)
			stop := storm(t, m.Path())
			var over atomic.Bool
			go func() {
				for !over.Load() {
					runtime.GC()
				}
			}()
			inEightGoroutines(func() {
				for must(m.Info()).Faults == 0 || rand.Intn(50) != 0 {
					garbage := append([]byte(nil), b...)
					if total := sum(b) + sum(garbage) + bytes.Count(b, []byte{1}); total > 3*len(b) {
						t.Errorf("the sum is %d", total)
					}
				}
			})
			over.Store(true)
			stop()
		}
	})
}
