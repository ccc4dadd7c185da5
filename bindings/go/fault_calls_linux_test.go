// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

// Calls of the library on bytes that are gone answer; nobody dies.

var rw = mmio.Options{Mode: mmio.ModeRW}

// underEachGuard survives under both guards that there are.
func underEachGuard(t *testing.T, body func(t *testing.T)) {
	for _, guard := range []string{"signal", "syscall"} {
		t.Run(guard, func(t *testing.T) { survivesUnder(t, guard, body) })
	}
}

func wantFault(t *testing.T, err error) *mmio.Error {
	t.Helper()
	var e *mmio.Error
	if !errors.Is(err, mmio.ErrFault) || !errors.As(err, &e) {
		t.Fatalf("error is %v, want ErrFault", err)
	}
	return e
}

func TestCopiesTellHowFarTheyCameAndWhy(t *testing.T) {
	underEachGuard(t, func(t *testing.T) {
		m := cutMap(t, rw, page)
		for name, call := range map[string]func([]byte, int64) (int, error){
			"ReadAt": m.ReadAt, "TryReadAt": m.TryReadAt,
			"WriteAt": m.WriteAt, "TryWriteAt": m.TryWriteAt,
		} {
			p := []byte(strings.Repeat("\x02", 100))
			n, err := call(p, int64(page-50))
			e := wantFault(t, err)
			wantEqual(t, "count of "+name, n, 50)
			wantEqual(t, "done", e.Done, 50)
			wantEqual(t, "cause", e.Cause, mmio.CauseTruncated)
			wantEqual(t, "offset", e.Offset, int64(page))
			wantEqual(t, "size", e.Size, 100)
			wantEqual(t, "limit", e.Limit, int64(page))
			n, err = call(p, int64(page-100))
			wantEqual(t, "count of "+name+" where there are bytes", n, 100)
			wantEqual(t, "error", err, nil)
		}
	})
}

func TestReadersGetWhatIsThereAndErrFaultInsteadOfEOF(t *testing.T) {
	underEachGuard(t, func(t *testing.T) {
		m := cutMap(t, mmio.Options{}, page)
		for _, size := range []int64{m.Size(), m.Size() + 1} {
			all, err := io.ReadAll(io.NewSectionReader(m, 0, size))
			wantFault(t, err)
			wantEqual(t, "length", len(all), page)
			wantEqual(t, "sum", sum(all), page)
			p := make([]byte, size)
			n, err := m.ReadAt(p, 0)
			wantFault(t, err)
			wantEqual(t, "count", n, page)
		}
		wantEqual(t, "faults in the program's own code", must(m.Info()).Faults, 0)
	})
}

func TestCellsThatAreGoneAnswerErrFault(t *testing.T) {
	underEachGuard(t, func(t *testing.T) {
		m := cutMap(t, rw, page)
		_, err := m.Uint32(int64(page)).FetchAdd(1)
		wantFault(t, err)
		_, err = m.Uint64(int64(page)).Load()
		wantFault(t, err)
		wantEqual(t, "cell", must(m.Uint32(0).Load()), 0x01010101)
	})
}

func TestAFullDiskStopsCopiesIntoASparseFile(t *testing.T) {
	for name, options := range map[string]mmio.Options{
		"WriteAt": {Mode: mmio.ModeRW},
		"ReadAt":  {Mode: mmio.ModeRO},
	} {
		t.Run(name, func(t *testing.T) {
			dir := "."
			if os.Getenv(aloneVariable) == "" {
				dir = smallDisk(t)
			}
			output, err := alone(t, dir, "", func(t *testing.T) { fillDisk(t, &options) })
			if err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}

// On this file system, pages that are only read take room as well.
func fillDisk(t *testing.T, options *mmio.Options) {
	setSize(t, "sparse", filePages*page)
	m, err := mmio.OpenFile("sparse", options)
	closing(t, m, err)
	use := m.ReadAt
	if options.Mode == mmio.ModeRW {
		use = m.WriteAt
	}
	n, err := use(make([]byte, filePages*page), 0)
	e := wantFault(t, err)
	wantEqual(t, "count", n, 8*page)
	wantEqual(t, "done", e.Done, int64(8*page))
	wantEqual(t, "cause", e.Cause, mmio.CauseNoSpace)
	wantErr(t, err, syscall.ENOSPC)
	n, err = use(make([]byte, 8*page), 0)
	wantEqual(t, "count where there is room", n, 8*page)
	wantEqual(t, "error", err, nil)
}

func TestCheckFaultsComparesTheSizes(t *testing.T) {
	survives(t, func(t *testing.T) {
		m := cutMap(t, mmio.Options{}, filePages*page-1)
		wantEqual(t, "sum, without a fault", sum(bytesOf(t, m)), filePages*page-1)
		e := wantFault(t, m.CheckFaults())
		wantEqual(t, "cause", e.Cause, mmio.CauseTruncated)
		wantEqual(t, "offset", e.Offset, int64(filePages*page-1))
		setSize(t, m.Path(), filePages*page)
		wantEqual(t, "error", m.CheckFaults(), nil)
	})
}

// The other side of a copy is the caller's: C code faults that is not to be helped.
func TestAFaultInTheCallersBufferEndsTheProgramAsBefore(t *testing.T) {
	for _, guard := range []string{"signal", "off"} {
		t.Run(guard, func(t *testing.T) {
			diesUnder(t, guard, deathInC, func(t *testing.T) {
				anonymous(t, 64).WriteAt(ownMapping(t)[:64], 0)
			})
		})
	}
}
